package plan

import (
	"errors"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// COREPolicy is how a loader relocates CO-RE records.
type COREPolicy struct {
	// AllModules: candidates of modules are tried beside those of vmlinux;
	// otherwise only if vmlinux has none.
	AllModules bool
	// AnyKind: a candidate may be of another kind than the local type.
	AnyKind bool
	// Vote: one candidate is chosen for all relocations of a local type in a
	// program, the one that fails the fewest. Otherwise each relocation is
	// tried with the candidates that the ones before it left over.
	Vote bool
	// Unlinked: functions that no program calls are relocated too.
	Unlinked bool
	// TypeZero: the size and the id of a missing type are 0, not poison.
	TypeZero bool
	// OpenErrors: a malformed record is noticed when the object is opened.
	OpenErrors bool
	// StrictKind: a candidate must be of the very kind of the local type;
	// otherwise ENUM and ENUM64 count as one.
	StrictKind bool
	// NoModules: modules are never searched.
	NoModules bool
	// Unnamed: a type without a name has all those of its kind for candidates;
	// otherwise its relocations are refused.
	Unnamed bool
	// Anew: each relocation is tried with all candidates.
	Anew bool
	// TypeRefused: the size or the id of a missing type refuses the object.
	TypeRefused bool
	// SameNames: enums and FWDs are compatible fields only if their names are
	// equal without flavors; otherwise a name also goes with none.
	SameNames bool
	// FloatFits: FLOATs are compatible types.
	FloatFits bool
	// WholeObject: what is refused in one program refuses the object.
	WholeObject bool
	// ObjectTypes: an object with records does not load without the kernel's
	// types, whatever is loaded of it; otherwise the programs with records.
	ObjectTypes bool
	// Everywhere: a record that lies in no function is refused, one inside an
	// instruction counts for it. Otherwise it is the other way round.
	Everywhere bool
	// Kinds is the number of kinds that the loader knows when it opens the
	// object, where it refuses all others; 0 if it does not look at them then.
	Kinds COREKind
	// Levels is how deep the prototypes and members of types are compared.
	Levels int

	// local reads a relocation before any candidate is tried, fit compares it
	// with one, and patch decides whether the instruction can take the result.
	local func(*coreRun, *coreRelo) error
	fit   func(*coreRun, *coreRelo, *CORETarget) coreFix
	patch func(insns []bpfobj.Insn, fix *coreFix) error
	// kernel says why a kernel with these types refuses relocations of a kind
	// that the loader hands on to it; nil if it hands on none.
	kernel func(types btfgraph.Graph, kind COREKind) error
}

// COREStatus is what a loader makes of a CO-RE relocation.
type COREStatus uint8

// Outcomes of a CO-RE relocation.
const (
	// COREUndecided: the types are too large to be compared in bounded time.
	COREUndecided COREStatus = iota
	// COREUnused: the loader passes over it, because no function holds the
	// instruction, no program calls the function, or the loader never loads
	// the program.
	COREUnused
	// COREPatched: the instruction gets Value.
	COREPatched
	// COREPoisoned: the instruction is replaced by one that the verifier
	// refuses if a path reaches it.
	COREPoisoned
	// CORERefused: the loader refuses the object or the program, whether the
	// instruction is reached or not. See [Plan.ScopeOfCORE].
	CORERefused
)

// String is the status in the words of the commands' output.
func (s COREStatus) String() string {
	return [...]string{"undecided", "unused", "patched", "poisoned", "refused"}[min(int(s), 4)]
}

// COREBinding is the outcome of a CO-RE relocation.
type COREBinding struct {
	Record *bpfobj.CORERecord
	Kind   COREKind
	Status COREStatus
	// Stage is when the loader refuses it.
	Stage Stage
	// Matched tells that a candidate matched; Target is the first that did.
	Matched bool
	Target  CORETarget
	// Value is what the instruction gets, Original the same computed from the
	// object's own types. The instruction holds Original unless it concerns a
	// bitfield or a type id. For CORELocalTypeID both are the id in the
	// object; cilium/ebpf numbers types anew.
	Value, Original uint64
	// Size and OriginalSize are the widths of the accessed field in bytes, in
	// the target and in the object, if the loader fits a load or store to
	// them; 0 otherwise.
	Size, OriginalSize uint64
	// ModulesUnknown tells that a module that nobody gave may decide otherwise.
	ModulesUnknown bool
	// Others are the outcomes that differ in some load, see [Plan.COREIn].
	Others []COREOther

	group *coreGroup
	relo  *coreRelo
	fix   *coreFix // nil if there is none
	err   error    // of a refusal
}

// COREOther is the outcome of a relocation in a load in which it differs.
type COREOther struct {
	// Program is the index of the program: for a loader that votes, the one
	// that links the function, else the one that is loaded alone.
	Program int
	COREBinding
}

// CORETarget is a type of a target.
type CORETarget struct {
	Graph  btfgraph.Graph
	Module string // "" for vmlinux
	ID     btfgraph.ID
}

// CORECandidate is a type of the target that has the name of the local type.
type CORECandidate struct {
	CORETarget
	// Mismatch says why it was refused, "" if it matched.
	Mismatch string
}

// relocateCORE binds every CO-RE record (libbpf.c, bpf_object__relocate_core;
// cilium/ebpf linker.go, applyRelocations). It needs the types of a kernel of the
// object's byte order.
func (p *Plan) relocateCORE() {
	if p.Kernel == nil || p.Kernel.Types == nil || p.Object.Types == nil || len(p.Object.CORE) == 0 || p.foreign() || p.losesExt() {
		return
	}
	p.CORE = make([]COREBinding, len(p.Object.CORE))
	run := p.facts.pool.run(p)
	run.relocate(p.facts.core.of(p))
	p.facts.pool.release(run)
	for i := range p.CORE {
		if b := &p.CORE[i]; b.Status != COREPatched || !b.Matched || b.Target.Module != "" || len(b.Others) > 0 {
			p.notable = append(p.notable, i)
		}
	}
}

// NotableCORE are the indexes into CORE, ascending, of the relocations that did
// more than to patch an instruction after a type of vmlinux in every load.
func (p *Plan) NotableCORE() []int { return p.notable }

// COREIn is the outcome of record i when a program is loaded: Programs[prog]
// alone, or with the object as it is. The two differ only if the local type
// has several candidates that do not match alike.
func (p *Plan) COREIn(i, prog int, alone bool) *COREBinding {
	b := &p.CORE[i]
	for k := range b.Others {
		if b.Others[k].Program == prog && (alone || p.Loader.CORE.Vote) {
			return &b.Others[k].COREBinding
		}
	}
	return b
}

// ScopeOfCORE is what goes down if record i is refused.
func (p *Plan) ScopeOfCORE(i int) Scope {
	b := &p.CORE[i]
	f := b.Record.Func
	if b.Status == CORERefused && (p.Loader.CORE.WholeObject || b.Stage == StageOpen || errors.Is(b.err, errInsnOffset)) {
		return ScopeObject // noticed before anybody asks which program it is
	}
	var s Scope
	if f == nil || f.Program == nil && p.Loader.CORE.Unlinked {
		// Whatever is loaded, the functions of .text are relocated with it.
		if b.Status == CORERefused {
			return ScopeObject
		}
		for _, o := range b.Others {
			if o.Status == CORERefused {
				s.Programs = append(s.Programs, p.Object.Programs[o.Program].Name)
			}
		}
		return s
	}
	for _, prog := range p.usersOf(f) {
		if p.COREIn(i, prog, true).Status == CORERefused || p.COREIn(i, prog, false).Status == CORERefused {
			s.Programs = append(s.Programs, p.Object.Programs[prog].Name)
		}
	}
	return s
}

// usersOf are the indexes of the programs that the loader may load and that
// link the function.
func (p *Plan) usersOf(f *bpfobj.Function) []int {
	users := p.facts.usedBy[f]
	if p.Loader.SkipUnknownSections || p.Loader.TextPrefix {
		users = slices.DeleteFunc(slices.Clone(users), p.leftOut)
	}
	return users
}
