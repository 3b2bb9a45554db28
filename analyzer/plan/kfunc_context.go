package plan

import (
	"slices"
	"sort"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// kfuncClass is what a kernel says of a kfunc where it registers it.
type kfuncClass struct {
	// types are the types of programs that may call it, in ascending order and
	// without BPF_PROG_TYPE_; "*" for all.
	types string
	// sleepable tells that only programs that may sleep can call it.
	sleepable bool
}

// KfuncFault says why the kernel does not let a program call a kfunc.
type KfuncFault uint8

// Faults of calls of kfuncs that the kernel has.
const (
	// KfuncProgType: not programs of this type (kernel/bpf/btf.c,
	// btf_kfunc_id_set_contains; since 7.x btf_kfunc_is_allowed).
	KfuncProgType KfuncFault = iota + 1
	// KfuncAttachType: not programs of this attach type, see [KfuncMisuse.Place].
	KfuncAttachType
	// KfuncOps: not programs of this struct_ops type.
	KfuncOps
	// KfuncMember: not programs of this member of a struct_ops type.
	KfuncMember
	// KfuncSleeps: the kfunc may sleep and the program must not
	// (kernel/bpf/verifier.c, check_kfunc_call).
	KfuncSleeps
)

// KfuncMisuse are the calls of one kfunc that the kernel has, in programs of
// one sort that may not call it. The verifier refuses a call that it reaches.
type KfuncMisuse struct {
	Extern *ExternBinding
	Fault  KfuncFault
	// Sure tells that no kernel that may be this one lets the program call it;
	// otherwise some versions do.
	Sure bool
	// Place is what the programs are: a program type ("XDP"), an attach type, a
	// struct_ops type, or a member of one ("sched_ext_ops.tick"); "" for KfuncSleeps.
	Place string
	// Allowed are the places from which the kfunc may be called, in the same
	// words and ascending; nil if nothing is known.
	Allowed []string
	// Func and Insn are the first call, Reach says where a call is reached.
	Func  *bpfobj.Function
	Insn  int
	Reach Reach
}

// KfuncMisuses are the calls of kfuncs that exist in the kernel and that the
// calling program may not call, by extern and program. What kernels allow is
// not in BTF: see kfuncTable and kfuncPlaces for the sources.
func (p *Plan) KfuncMisuses() []KfuncMisuse {
	if p.Kernel == nil || p.Kernel.Types == nil {
		return nil
	}
	return p.flows.misuses.get(p.findMisuses)
}

func (p *Plan) findMisuses() []KfuncMisuse {
	var list []KfuncMisuse
	for i := range p.Externs {
		b := &p.Externs[i]
		if b.Extern.Kind != bpfobj.ExternFunc || b.Status != ExternFound || b.Tag == TagNone || b.Unsupported != "" {
			continue
		}
		row := kfuncRowOf(b.Name)
		if row == nil {
			continue
		}
		call := kfuncCall{binding: b, name: row.name, classes: p.kfuncClassesOf(row)}
		list = p.addMisuses(list, &call)
	}
	return list
}

// kfuncCall is what the calls of one kfunc are judged by.
type kfuncCall struct {
	binding *ExternBinding
	name    string
	classes []*kfuncClass

	// filter and sets are those of filterOf, once filtered is set.
	filtered bool
	filter   string
	sets     []string
}

// kfuncRowOf is the row of a kfunc, nil if the table has none.
func kfuncRowOf(name string) *kfuncRow {
	i := sort.Search(len(kfuncTable), func(i int) bool { return kfuncTable[i].name >= name })
	if i == len(kfuncTable) || kfuncTable[i].name != name {
		return nil
	}
	return &kfuncTable[i]
}

// addMisuses adds the calls of one kfunc that may not be.
func (p *Plan) addMisuses(list []KfuncMisuse, call *kfuncCall) []KfuncMisuse {
	start := len(list)
	for _, ref := range call.binding.Extern.Refs {
		if !ref.Call {
			continue
		}
		for _, prog := range p.facts.usedBy[ref.Func] {
			m := KfuncMisuse{Extern: call.binding, Func: ref.Func, Insn: ref.Insn}
			if !p.misused(&m, call, prog) {
				continue
			}
			reach := p.ReachOf(ref.Func, ref.Insn).only(p.Object.Programs[prog].Name)
			same := slices.IndexFunc(list[start:], func(o KfuncMisuse) bool {
				return o.Fault == m.Fault && o.Sure == m.Sure && o.Place == m.Place
			})
			if same < 0 {
				m.Reach = reach
				list = append(list, m)
				continue
			}
			list[start+same].Reach.add(reach)
		}
	}
	for i := start; i < len(list); i++ {
		r := &list[i].Reach
		r.Possible = r.Possible.without(r.Certain)
		r.Dead = r.Dead.without(r.Certain).without(r.Possible)
		r.Certain, r.Possible, r.Dead = p.ordered(r.Certain), p.ordered(r.Possible), p.ordered(r.Dead)
	}
	return list
}

// only is what is said of one program.
func (r Reach) only(program string) Reach {
	for _, s := range [...]*Scope{&r.Certain, &r.Possible, &r.Dead} {
		if !slices.Contains(s.Programs, program) {
			*s = Scope{}
			continue
		}
		*s = Scope{Programs: []string{program}}
	}
	return r
}

// add adds what is said of another instruction or program.
func (r *Reach) add(o Reach) {
	r.Certain, r.Possible, r.Dead = r.Certain.union(o.Certain), r.Possible.union(o.Possible), r.Dead.union(o.Dead)
	if r.Guard.Func == nil {
		r.Guard = o.Guard
	}
	if r.Depends == "" {
		r.Depends = o.Depends
	}
}

// misused decides about a call in one program, and fills in why.
func (p *Plan) misused(m *KfuncMisuse, call *kfuncCall, prog int) bool {
	pp := &p.Programs[prog]
	typ := strings.TrimPrefix(pp.ProgType, "BPF_PROG_TYPE_")
	if typ == "" || typ == "EXT" { // the type of an extension is that of its target
		return false
	}
	allows, refuses := 0, 0
	sleeps := 0
	for _, c := range call.classes {
		if c.allows(typ) {
			allows++
		} else {
			refuses++
		}
		if c.sleepable {
			sleeps++
		}
	}
	switch {
	case refuses > 0:
		m.Fault, m.Sure, m.Place = KfuncProgType, allows == 0, typ
		m.Allowed = strings.Fields(call.classes[len(call.classes)-1].types)
		return true
	case p.filtered(m, call, prog):
		return true
	case sleeps > 0 && !pp.Sleepable && !p.mayRunLater(m.Func):
		m.Fault, m.Sure = KfuncSleeps, sleeps == len(call.classes)
		return true
	}
	return false
}

// allows reports whether programs of a type may call kfuncs of the class.
func (c *kfuncClass) allows(typ string) bool {
	if c.types == "*" {
		return true
	}
	for types := c.types; types != ""; {
		var one string
		if one, types, _ = strings.Cut(types, " "); one == typ {
			return true
		}
	}
	return false
}

// kfuncClassesOf are the classes of a kfunc in the kernels of the table that may
// be this one: those that are older than its version are not. There is one at least.
func (p *Plan) kfuncClassesOf(row *kfuncRow) []*kfuncClass {
	floor := p.versionFloor()
	var all, list []*kfuncClass
	for i, class := range row.classes {
		if class == 0 {
			continue
		}
		c := &kfuncClasses[class-1]
		all = append(all, c)
		if kfuncVersions[i] >= floor {
			list = append(list, c)
		}
	}
	if len(list) == 0 { // taken out since, and back in this kernel
		return all
	}
	return list
}

// versionFloor is the newest version of the table that this kernel is not older
// than, 0 if nothing tells.
func (p *Plan) versionFloor() uint64 {
	least, floor := p.leastVersion(), uint64(0)
	for _, v := range kfuncVersions {
		if v <= least && v > floor {
			floor = v
		}
	}
	return floor
}

// leastVersion is a version that this kernel is not older than, 0 if nothing
// tells: its own, for distributions add to what a version has and take nothing
// away, or by enumerators: the attach type came with 6.13, the type of maps is
// new in 7.2.
func (p *Plan) leastVersion() uint64 {
	version, known := p.Kernel.VersionCode()
	switch {
	case known:
		return version
	case p.enumerator("bpf_map_type", "BPF_MAP_TYPE_RHASH") == Supported:
		return 7<<16 | 2<<8
	case p.enumerator("bpf_attach_type", "BPF_TRACE_UPROBE_SESSION") == Supported:
		return 6<<16 | 13<<8
	}
	return 0
}

// mayRunLater reports whether a function may run as a callback, or be called by
// one: callbacks of work queues may sleep though their program does not.
func (p *Plan) mayRunLater(f *bpfobj.Function) bool {
	p.facts.mu.Lock()
	defer p.facts.mu.Unlock()
	if p.facts.callbacks == nil {
		p.facts.callbacks = callbacks(p.Object)
	}
	return p.facts.callbacks[f]
}

// callbacks are the functions whose address is taken, and what they call.
func callbacks(obj *bpfobj.Object) map[*bpfobj.Function]bool {
	all := make(map[*bpfobj.Function]bool)
	for _, caller := range obj.Functions {
		for i := range caller.Refs {
			r := &caller.Refs[i]
			if r.Kind != bpfobj.RefFuncAddr || r.Func == nil || all[r.Func] {
				continue
			}
			for _, f := range r.Func.Reachable() {
				all[f] = true
			}
		}
	}
	return all
}
