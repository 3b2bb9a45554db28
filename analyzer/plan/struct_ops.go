package plan

import (
	"slices"
	"sort"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// StructOpsStatus says how far the binding of a struct_ops map got.
type StructOpsStatus uint8

// Outcomes of looking up the kernel's types for a struct_ops map.
const (
	// StructOpsUnchecked: the kernel's types are unknown.
	StructOpsUnchecked StructOpsStatus = iota
	// StructOpsBound: the types were found, see the members.
	StructOpsBound
	// StructOpsIgnored: the loader makes no map of the variable's section.
	StructOpsIgnored
	// StructOpsMalformed: the variable is no struct; see [Plan.Refusals].
	StructOpsMalformed
	// StructOpsValueMissing: no struct "bpf_struct_ops_NAME".
	StructOpsValueMissing
	// StructOpsTypeMissing: the value type exists, struct NAME does not.
	StructOpsTypeMissing
	// StructOpsAmbiguous: several structs of one of the names, and the loader
	// refuses to choose.
	StructOpsAmbiguous
	// StructOpsNoData: the value type has no member of the ops type.
	StructOpsNoData
	// StructOpsUnregistered: the value type has another shape than the kernel
	// registers (kernel/bpf/bpf_struct_ops.c, is_valid_value_type).
	StructOpsUnregistered
)

// ValuePrefix is how the name of every value type starts
// (include/linux/bpf.h and libbpf.c, STRUCT_OPS_VALUE_PREFIX).
const ValuePrefix = "bpf_struct_ops_"

// StructOpsBinding is the outcome of binding a struct_ops map to the kernel's
// type (libbpf.c, find_struct_ops_kern_types and bpf_map__init_kern_struct_ops;
// cilium/ebpf struct_ops.go, structOpsFindTarget). Maps that are not created by
// default are bound too: user space may ask for them.
type StructOpsBinding struct {
	Map *bpfobj.StructOpsMap
	// Autocreate tells that the loader creates the map by default.
	Autocreate bool
	Status     StructOpsStatus
	// TypeName is the name of the kernel's ops struct that is looked up: the
	// local name, without its flavor if the loader knows flavors.
	TypeName string
	// Types holds the value type and the ops type; nil if neither was found.
	// Module is the module that it belongs to, "" for vmlinux.
	Types  btfgraph.Graph
	Module string
	// ValueType is "bpf_struct_ops_NAME", KernelType the ops struct.
	ValueType, KernelType btfgraph.ID
	// DataOffset is the offset of the ops struct in the value type in bytes.
	DataOffset uint64
	// Members are the outcomes by index of Map.Members; nil unless bound.
	Members []MemberBinding
	// LinkUnknown: the map asks for a link, which the kernel's BTF proves that
	// it does not know. ModuleUnknown: the same for types of a module.
	LinkUnknown, ModuleUnknown bool
}

// StructOpsSlot is a member of a struct_ops map.
type StructOpsSlot struct {
	Map    int // index into Plan.StructOps
	Member int // index into the map's Members
}

// StructOpsProgram is what the struct_ops maps mean for a program of type STRUCT_OPS.
type StructOpsProgram struct {
	Program int // index into Plan.Programs
	// Slots are the members that refer to the program, in the loader's order.
	// A program without any is refused (libbpf.c, bpf_object_load_prog;
	// kernel/bpf/verifier.c, check_struct_ops_btf_id).
	Slots []StructOpsSlot
	// Dropped tells that a map refers to the program which the loader does
	// not make, see [StructOpsIgnored]; Refused that it cannot even open an
	// object with the map's section.
	Dropped, Refused bool
	// Target is the fault of the place that a CollectionSpec names for a program
	// without Slots.
	Target TargetFault
	// SwitchedOff tells that no map that refers to the program is created by
	// default, so that the loader leaves it out although its section does not
	// say so; SwitchedOn the opposite: it is loaded in spite of its "?".
	SwitchedOff, SwitchedOn bool
	// GlobalCallee is the first function that the program links, takes a
	// pointer and is GLOBAL in the BTF that the kernel gets; nil if there is none.
	GlobalCallee *bpfobj.Function
}

// structOpsOrder are the indexes of the maps in the loader's order: by section,
// then by offset (libbpf.c, compare_vsi_off and init_struct_ops_maps).
func (p *Plan) structOpsOrder() []int {
	order := make([]int, len(p.StructOps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		ma, mb := p.StructOps[a].Map, p.StructOps[b].Map
		if ma.Section != mb.Section {
			return ma.Section - mb.Section
		}
		switch {
		case ma.Offset < mb.Offset:
			return -1
		case ma.Offset > mb.Offset:
			return 1
		}
		return 0
	})
	return order
}

// bindStructOps binds every struct_ops map.
func (p *Plan) bindStructOps() {
	if len(p.Object.StructOps) == 0 {
		return
	}
	p.StructOps = make([]StructOpsBinding, len(p.Object.StructOps))
	for i, m := range p.Object.StructOps {
		p.StructOps[i] = StructOpsBinding{Map: m}
	}
	optional := make(map[int]bool) // sections whose "?" is used up
	for _, i := range p.structOpsOrder() {
		b := &p.StructOps[i]
		if !p.Object.FromSpec && !slices.Contains(p.Loader.StructOps.Sections, b.Map.SectionName) {
			b.Status = StructOpsIgnored
			continue
		}
		b.Autocreate = !b.Map.Optional || optional[b.Map.Section]
		if p.Loader.StructOps.OptionalFirstOnly {
			optional[b.Map.Section] = true
		}
		p.findStructOpsTypes(b)
		if b.Status == StructOpsBound {
			p.bindMembers(b)
			p.checkCallbacks(b)
		}
		p.checkMapFlags(b)
	}
	p.checkReuse()
}

// findStructOpsTypes looks up the value type, the ops type and the data member.
func (p *Plan) findStructOpsTypes(b *StructOpsBinding) {
	local := p.Object.Types
	if local == nil || local.Kind(b.Map.Type) != btfgraph.KindStruct {
		b.Status = StructOpsMalformed
		return
	}
	b.TypeName = b.Map.TypeName
	if p.Loader.FlavoredStructOps {
		b.TypeName = p.Loader.EssentialName(b.TypeName)
	}
	if b.TypeName == "" && p.Loader.StructOps.NamedTypes {
		b.Status = StructOpsMalformed
		return
	}
	if p.Kernel == nil || p.Kernel.Types == nil {
		return
	}
	p.Kernel.Types.Prefetch(ValuePrefix+b.TypeName, b.TypeName)
	b.Types, b.Module, b.ValueType = p.findValueType(b.TypeName)
	if b.ValueType == btfgraph.Void {
		b.Status = StructOpsValueMissing
		return
	}
	b.KernelType = btfgraph.First(b.Types, btfgraph.KindStruct, b.TypeName)
	switch {
	case b.KernelType == btfgraph.Void:
		b.Status = StructOpsTypeMissing
	case p.Loader.DuplicateIsError && b.Module == "" && (p.duplicateStruct(ValuePrefix+b.TypeName) || p.duplicateStruct(b.TypeName)):
		b.Status = StructOpsAmbiguous
	case !p.findDataMember(b):
		b.Status = StructOpsNoData
	case !p.registrable(b):
		b.Status = StructOpsUnregistered
	default:
		b.Status = StructOpsBound
	}
}

// findValueType looks up the value type of an ops type.
func (p *Plan) findValueType(name string) (g btfgraph.Graph, module string, id btfgraph.ID) {
	switch {
	case p.Loader.StructOps.VmlinuxOnly:
		return p.Kernel.Types, "", btfgraph.First(p.Kernel.Types, btfgraph.KindStruct, ValuePrefix+name)
	case p.Loader.StructOps.TypeFirst && btfgraph.First(p.Kernel.Types, btfgraph.KindStruct, name) != btfgraph.Void:
		return p.Kernel.Types, "", btfgraph.First(p.Kernel.Types, btfgraph.KindStruct, ValuePrefix+name)
	}
	return p.Kernel.Find(btfgraph.KindStruct, ValuePrefix+name)
}

// duplicateStruct reports whether vmlinux has several structs of that name.
func (p *Plan) duplicateStruct(name string) bool {
	n := 0
	for range p.Kernel.Types.ByName(btfgraph.KindStruct, name) {
		n++
	}
	return n > 1
}

// findDataMember finds the member of the value type that holds the ops struct.
func (p *Plan) findDataMember(b *StructOpsBinding) bool {
	for i := range b.Types.Vlen(b.ValueType) {
		m := b.Types.Member(b.ValueType, i)
		id := m.Type
		if p.Loader.StructOps.DataByName {
			id = btfgraph.SkipModsAndTypedefs(b.Types, id)
			if b.Types.Kind(id) != btfgraph.KindStruct || b.Types.Name(id) != b.TypeName {
				continue
			}
			b.KernelType = id
		}
		if id == b.KernelType {
			b.DataOffset = uint64(m.BitOffset / 8)
			return true
		}
	}
	return false
}

// registrable reports whether the kernel can have registered the value type.
// Kernels that know struct bpf_struct_ops_common_value (6.9) accept only that
// struct followed by the ops struct (bpf_struct_ops.c, is_valid_value_type);
// older ones build their value types from a macro and do not check.
func (p *Plan) registrable(b *StructOpsBinding) bool {
	common := btfgraph.First(b.Types, btfgraph.KindStruct, ValuePrefix+"common_value")
	if common == btfgraph.Void {
		return true
	}
	if b.Types.Vlen(b.ValueType) != 2 {
		return false
	}
	first := btfgraph.SkipModsAndTypedefs(b.Types, b.Types.Member(b.ValueType, 0).Type)
	second := btfgraph.SkipModsAndTypedefs(b.Types, b.Types.Member(b.ValueType, 1).Type)
	return b.Types.Name(first) == ValuePrefix+"common_value" && b.Types.Kind(first) == btfgraph.KindStruct &&
		b.Types.Name(second) == strings.TrimPrefix(b.Types.Name(b.ValueType), ValuePrefix)
}

// isStructOps reports whether the program is of type STRUCT_OPS.
func (pp *ProgramPlan) isStructOps() bool { return pp.ProgType == "BPF_PROG_TYPE_STRUCT_OPS" }

// slotsOf are the members that refer to a struct_ops program, nil for others.
func (p *Plan) slotsOf(prog int) []StructOpsSlot {
	i := sort.Search(len(p.StructOpsPrograms), func(i int) bool { return p.StructOpsPrograms[i].Program >= prog })
	if i == len(p.StructOpsPrograms) || p.StructOpsPrograms[i].Program != prog {
		return nil
	}
	return p.StructOpsPrograms[i].Slots
}

// adjustAutoload collects what refers to each struct_ops program and switches
// programs on and off with the maps that use them (libbpf.c,
// bpf_object_adjust_struct_ops_autoload).
func (p *Plan) adjustAutoload() {
	slots := make(map[*bpfobj.Function][]StructOpsSlot)
	dropped, refused := make(map[*bpfobj.Function]bool), make(map[*bpfobj.Function]bool)
	for _, i := range p.structOpsOrder() {
		for k, m := range p.StructOps[i].Map.Members {
			switch {
			case m.Program == nil:
			case p.StructOps[i].Status == StructOpsIgnored:
				dropped[m.Program] = true
				if slices.Contains(p.Loader.StructOps.Refused, p.StructOps[i].Map.SectionName) {
					refused[m.Program] = true
				}
			default:
				slots[m.Program] = append(slots[m.Program], StructOpsSlot{Map: i, Member: k})
			}
		}
	}
	for i := range p.Programs {
		pp := &p.Programs[i]
		if !pp.isStructOps() {
			continue
		}
		f := pp.Program.Function
		sp := StructOpsProgram{Program: i, Slots: slots[f], Dropped: dropped[f], Refused: refused[f]}
		created := slices.ContainsFunc(sp.Slots, func(s StructOpsSlot) bool { return p.StructOps[s.Map].Autocreate })
		if p.Loader.StructOps.Autoload && len(sp.Slots) > 0 && created != pp.Autoload {
			pp.Autoload, sp.SwitchedOn, sp.SwitchedOff = created, created, !created
			pp.Why = ""
			if !created {
				pp.Why = "struct_ops map not created"
			}
		}
		if x := pp.Program.Explicit; x != nil && x.AttachTo != "" && len(sp.Slots) == 0 {
			sp.Target = p.targetFault(x.AttachTo)
		}
		p.StructOpsPrograms = append(p.StructOpsPrograms, sp)
	}
}
