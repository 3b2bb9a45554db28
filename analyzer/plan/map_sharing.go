package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// SharingFault says in what two programs differ that share a map of programs.
type SharingFault uint8

// Faults of programs that share a map.
const (
	// SharedTypes: the types of the programs.
	SharedTypes SharingFault = iota + 1
	// SharedFrags: BPF_F_XDP_HAS_FRAGS.
	SharedFrags
	// SharedSleepable: one may sleep.
	SharedSleepable
	// SharedAttachTypes: the expected attach types.
	SharedAttachTypes
	// SharedPrototypes: the prototypes of what they attach to.
	SharedPrototypes
)

// MapSharing is a map that holds programs and that two programs use, of which
// the kernel refuses the second without a word: the first one to use the map
// says what all have to be like (kernel/bpf/core.c, bpf_check_tail_call and
// __bpf_prog_map_compatible).
type MapSharing struct {
	Map *MapPlan
	// First and Second are indexes into Plan.Programs.
	First, Second int
	Fault         SharingFault
	// Entry tells that Second is an initial entry of the map and does not refer
	// to it; it loads, and cannot be placed.
	Entry bool
}

// holdsPrograms reports whether maps of a type have programs in them.
func holdsPrograms(mapType uint32) bool {
	return mapType == mapProgArray || mapType == mapDevmap || mapType == mapCPUMap
}

// sharingNames are the types of the kernel that tell what it compares.
var sharingNames = [...]string{"bpf_map", "bpf_map_owner"}

// MapSharings are the maps that hold programs and that programs of different
// sorts use, one for each map, in the order of the maps. Only programs that are
// loaded by default count. A reference counts wherever it stands: the kernel
// collects the maps of a program before it looks at paths.
func (p *Plan) MapSharings() []MapSharing {
	var list []MapSharing
	for i := range p.Maps {
		mp := &p.Maps[i]
		if !mp.Created || mp.Malformed != "" || !holdsPrograms(mp.Def.Type) || mp.Def.Type != mapProgArray && !p.generalOwner() {
			continue
		}
		if s, ok := p.sharingOf(i); ok {
			list = append(list, s)
		}
	}
	return list
}

// generalOwner reports whether the kernel compares the users of all maps that
// hold programs; before 5.18 those of program arrays alone (commit f45d5b6ce2e8).
func (p *Plan) generalOwner() bool {
	ok, _ := p.hasMember("bpf_map", "owner")
	return ok
}

// sharingOf finds the first program that differs from the first user of a map.
func (p *Plan) sharingOf(i int) (s MapSharing, found bool) {
	mp := &p.Maps[i]
	users := slices.Clip(p.linkersOf(mp.Map.Refs)) // those of one function are shared
	linked := len(users)
	if mp.Entry == nil {
		for _, e := range p.entries[i] {
			if e.to.toProgram > 0 {
				users = append(users, e.to.toProgram-1)
			}
		}
	}
	first := -1
	for k, user := range users {
		if pp := &p.Programs[user]; !pp.Autoload || pp.ProgType == "" || pp.ProgType == "BPF_PROG_TYPE_EXT" {
			continue // an extension is of the type of its target
		}
		if first < 0 {
			first = user
			continue
		}
		if fault := p.sharingFault(mp, &p.Programs[first], &p.Programs[user]); fault != 0 {
			return MapSharing{Map: mp, First: first, Second: user, Fault: fault, Entry: k >= linked}, true
		}
	}
	return s, false
}

// sharingFault says in what two programs differ that must not where they share
// a map; 0 if nothing is known against them. What the kernel compares is in its
// struct bpf_map_owner.
func (p *Plan) sharingFault(mp *MapPlan, a, b *ProgramPlan) SharingFault {
	compares := func(member string) bool {
		ok, _ := p.hasMember("bpf_map_owner", member)
		return ok
	}
	switch {
	case a.ProgType != b.ProgType:
		return SharedTypes
	case a.XDPFrags != b.XDPFrags && p.generalOwner():
		return SharedFrags
	case a.Sleepable != b.Sleepable && compares("sleepable"):
		return SharedSleepable
	case mp.Def.Type == mapProgArray && expectedAttachType(a) != expectedAttachType(b) && compares("expected_attach_type"):
		return SharedAttachTypes
	case differentPrototypes(a, b) && compares("attach_func_proto"):
		return SharedPrototypes
	}
	return 0
}

// expectedAttachType is the number of the attach type with which the kernel
// loads a program (kernel/bpf/syscall.c, bpf_prog_load_fixup_attach_type).
func expectedAttachType(pp *ProgramPlan) int {
	name := pp.AttachType
	switch {
	case name != "" && name != attachTypes[0]:
	case pp.ProgType == "BPF_PROG_TYPE_CGROUP_SOCK":
		name = "BPF_CGROUP_INET_SOCK_CREATE"
	case pp.ProgType == "BPF_PROG_TYPE_SK_REUSEPORT":
		name = "BPF_SK_REUSEPORT_SELECT"
	}
	return max(slices.Index(attachTypes[:], name), 0)
}

// differentPrototypes reports whether two tracing or LSM programs attach to
// what the kernel has different FUNC_PROTOs for.
func differentPrototypes(a, b *ProgramPlan) bool {
	certain := func(b *AttachBinding) bool { return b.Status == AttachFound && !b.ByApplication }
	if a.ProgType != "BPF_PROG_TYPE_TRACING" && a.ProgType != "BPF_PROG_TYPE_LSM" || !certain(&a.Target) || !certain(&b.Target) {
		return false
	}
	return a.Target.Types != b.Target.Types || attachProto(&a.Target) != attachProto(&b.Target)
}

// attachProto is the FUNC_PROTO of an attach target (verifier.c,
// bpf_check_attach_target).
func attachProto(b *AttachBinding) btfgraph.ID {
	if b.Kind == btfgraph.KindTypedef {
		return funcProto(b.Types, b.ID)
	}
	return b.Types.Ref(b.ID)
}

// sharesMaps reports whether an object has a map that holds programs.
func sharesMaps(obj *bpfobj.Object) bool {
	return slices.ContainsFunc(obj.Maps, func(m *bpfobj.Map) bool { return holdsPrograms(m.Def.Type) })
}
