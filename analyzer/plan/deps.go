package plan

import (
	"cmp"
	"errors"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// DepKind is a sort of things that an object wants of a kernel.
type DepKind uint8

// The kinds of dependencies, in the order of [Plan.Deps].
const (
	DepStruct DepKind = iota
	DepUnion
	DepEnum
	DepType // any other type that has a name: a typedef, an integer
	DepField
	DepEnumerator
	DepFunction // that a program attaches to
	DepSyscall
	DepLSMHook
	DepIterator
	DepTracepoint
	DepRawTracepoint
	DepKfunc
	DepKsym
	DepTypelessKsym
	DepStructOpsType
	DepStructOpsMember
	DepHelper
	DepMapType
	DepProgramType
	DepAttachType
	DepConfigOption
	DepVirtualKconfig // that the loader fills in, such as LINUX_KERNEL_VERSION
)

var depKindNames = [...]string{
	"struct", "union", "enum", "type", "field", "enumerator", "function", "syscall", "lsm hook", "iterator",
	"tracepoint", "raw tracepoint", "kfunc", "ksym", "typeless ksym", "struct_ops type", "struct_ops member",
	"helper", "map type", "program type", "attach type", "config option", "virtual kconfig",
}

// String is the kind in the words of the JSON contract.
func (k DepKind) String() string {
	if int(k) < len(depKindNames) {
		return depKindNames[k]
	}
	return "unknown"
}

// Dep is one thing that an object wants of a kernel.
type Dep struct {
	Kind DepKind
	// Name is the thing in C spelling, without flavors and array indexes:
	// "task_struct", "task_struct.se.vruntime", "sched/sched_switch",
	// "bpf_map_lookup_elem". A helper or map type that has no name has its
	// number. Targets of kprobe.multi may be patterns ("tcp_*").
	Name string
	// Parent is the type whose field, enumerator or member it is, without its
	// flavor; "" for other kinds.
	Parent string
	// Module is the module that an attach target names, "" if it names none.
	Module string
	// As says in what way it is used, ascending: kinds of CO-RE relocations
	// ("byte_off", "field_exists") for types, fields and enumerators; rows of
	// the section table without ".s" ("kprobe", "fentry") for attach targets.
	// Empty for other kinds.
	As []string
	// Flavors are the flavors of local types and kfuncs under which the object
	// declares it, ascending: "old" of "task_struct___old".
	Flavors []string
	// Steps are the members that a field leads through, each with the type that
	// declares it in the object: "sched_entity.vruntime", "task_struct.se".
	// Ascending; empty if there is only one.
	Steps []string
	// Optional tells that the object loads without it, as far as its
	// declarations say: a weak extern, a type or field that is only asked
	// whether it exists or matches, what only programs and struct_ops maps use
	// that are not loaded by default, and what no program links. Whether a
	// guard keeps a use from being reached is not looked at.
	Optional bool
	// Programs are the names of the programs that use it, ascending. Not to be
	// modified.
	Programs []string
	// Uses are the first [MaxDepUses] of its UseCount uses, by source line.
	// Instructions of one line and function count as one use.
	Uses     []bpfobj.Location
	UseCount int
}

// MaxDepUses is the number of uses that [Dep.Uses] holds at most.
const MaxDepUses = 5

// depsBudget bounds in bytes, roughly, what the dependencies of one object may
// hold. The largest objects at hand take a hundredth of it.
const depsBudget = 1 << 28

// errDepsBudget ends a list that a hostile object makes endless.
var errDepsBudget = errors.New("the dependencies are too many to be listed")

// Deps is what the object wants of a kernel, by kind, then by name. It does not
// depend on p.Kernel; p.Loader decides what sections mean, which part of a name
// is a flavor, and what is loaded by default. For a loader of which only CO-RE is
// modelled, sections mean nothing: no attach targets, no types of programs and maps.
//
// The list holds what could be read; the error says, on a line each, what could
// not: BTF, CO-RE records, undefined symbols without BTF.
func (p *Plan) Deps() ([]Dep, error) { return p.deps(depsBudget) }

func (p *Plan) deps(budget int) ([]Dep, error) {
	s := &depSet{
		p: p, index: make(map[depKey]*depEntry), budget: budget,
		users: make(map[*bpfobj.Function]*depUsers),
	}
	err := errors.Join(p.Object.TypesErr, p.Object.ExtErr, s.addCORE(), s.addExterns())
	s.addStructOps()
	s.addHelpers()
	s.addMaps()
	s.addPrograms()
	list := s.finish()
	if s.budget < 0 {
		err = errors.Join(err, errDepsBudget)
	}
	return list, err
}

// depSet collects dependencies.
type depSet struct {
	p      *Plan
	index  map[depKey]*depEntry
	list   []*depEntry
	budget int
	users  map[*bpfobj.Function]*depUsers
}

// depKey is what makes two uses one dependency.
type depKey struct {
	kind                 DepKind
	name, parent, module string
}

// depEntry is a dependency in the making.
type depEntry struct {
	Dep
	funcs []*bpfobj.Function
	seen  map[depPlace]bool
}

// depPlace is a line in a function, or an instruction that has none.
type depPlace struct {
	f    *bpfobj.Function
	file string
	line int // minus the offset in bytes, less 1, without a source line
}

// depUsers are the programs that link a function, and their names in ascending
// order; on tells that one of them is loaded by default.
type depUsers struct {
	programs []int
	names    []string
	on       bool
}

// spend takes n bytes off the budget.
func (s *depSet) spend(n int) bool {
	s.budget -= n
	return s.budget >= 0
}

// depBytes is what an entry, and a use, take beside their texts, roughly.
const depBytes = 256

// add returns the dependency of that name; nil if the budget is used up. It is
// optional until something needs it.
func (s *depSet) add(key depKey) *depEntry {
	if e := s.index[key]; e != nil {
		return e
	}
	if !s.spend(depBytes + len(key.name) + len(key.parent) + len(key.module)) {
		return nil
	}
	e := &depEntry{
		Dep:  Dep{Kind: key.kind, Name: key.name, Parent: key.parent, Module: key.module, Optional: true},
		seen: make(map[depPlace]bool),
	}
	s.index[key] = e
	s.list = append(s.list, e)
	return e
}

// usersOf are the programs that link a function, which may be nil.
func (s *depSet) usersOf(f *bpfobj.Function) *depUsers {
	if u := s.users[f]; u != nil {
		return u
	}
	u := &depUsers{}
	if f != nil {
		u.programs = s.p.usersOf(f)
		for _, i := range u.programs {
			u.names = append(u.names, s.p.Object.Programs[i].Name)
			u.on = u.on || s.p.Programs[i].Autoload
		}
		slices.Sort(u.names)
		u.names = slices.Compact(u.names)
	}
	s.users[f] = u
	return u
}

// use notes that the function, nil for none, uses the dependency at a place. A
// use that is no mere test makes it needed if the function is loaded by default.
func (s *depSet) use(e *depEntry, f *bpfobj.Function, loc bpfobj.Location, test bool) {
	if e == nil {
		return
	}
	if !test && s.usersOf(f).on {
		e.Optional = false
	}
	place := depPlace{f, loc.Source.File, loc.Source.Line}
	if loc.Source.Line == 0 {
		place.line = -1 - int(min(loc.Offset, 1<<31-2))
	}
	if !s.spend(len(loc.Source.File)+len(loc.Source.Text)) || e.seen[place] || !s.spend(depBytes) {
		return
	}
	e.seen[place] = true
	e.Uses = append(e.Uses, loc)
	if f != nil && !slices.Contains(e.funcs[max(len(e.funcs)-1, 0):], f) {
		e.funcs = append(e.funcs, f)
	}
}

// useInsn notes a use by an instruction.
func (s *depSet) useInsn(e *depEntry, f *bpfobj.Function, insn int, test bool) {
	if e != nil && s.budget >= 0 {
		s.use(e, f, s.p.Object.Locate(f, insn), test)
	}
}

// finish sorts the dependencies and what they hold.
func (s *depSet) finish() []Dep {
	list := make([]Dep, 0, len(s.list))
	for _, e := range s.list {
		d := e.Dep
		d.UseCount = len(d.Uses)
		slices.SortStableFunc(d.Uses, compareUses)
		d.Uses = slices.Clone(d.Uses[:min(len(d.Uses), MaxDepUses)])
		d.Programs = s.programs(e.funcs)
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Dep) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Module, b.Module))
	})
	return list
}

// programs are the names of the programs that link one of the functions.
// Dependencies of one function share the list.
func (s *depSet) programs(funcs []*bpfobj.Function) []string {
	var names []string
	merged := make(map[*bpfobj.Function]bool)
	for _, f := range funcs {
		more := s.usersOf(f).names
		switch {
		case merged[f] || !s.spend(16*len(more)):
			continue
		case len(merged) == 0:
			names = slices.Clip(more)
		default:
			names = append(names, more...)
		}
		merged[f] = true
	}
	if len(merged) > 1 {
		slices.Sort(names)
		names = slices.Compact(names)
	}
	return names
}

// compareUses orders places by source line, then by place in the object.
func compareUses(a, b bpfobj.Location) int {
	return cmp.Or(cmp.Compare(a.Source.File, b.Source.File), cmp.Compare(a.Source.Line, b.Source.Line),
		cmp.Compare(a.Section, b.Section), cmp.Compare(a.Offset, b.Offset))
}

// insert adds a text to an ascending list that has no duplicates.
func (s *depSet) insert(list []string, text string) []string {
	i, found := slices.BinarySearch(list, text)
	if found || !s.spend(16+len(text)+len(list)) { // the list is moved
		return list
	}
	return slices.Insert(list, i, text)
}
