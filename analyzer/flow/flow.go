// Package flow tells which instructions of a BPF program the kernel's verifier
// gets to.
//
// The verifier refuses a program for an instruction only if it explores a path
// to it (kernel/bpf/verifier.c, do_check), and it prunes a branch whose outcome
// it knows. That is how a program guards code for other kernels: with a CO-RE
// relocation that a loader patched to 0 or 1, with the address of a weak ksym,
// with a kconfig value or frozen read-only data. [Analyze] explores a program in
// the same way: from its entry, path by path, with the constants that the
// verifier knows, through static functions (values flow in and out), global
// functions (verified alone, with unknown arguments) and callbacks (with their
// caller's context on the first call, with anything on later ones). The answers
// of [Result.At] are [Dead], [Reachable] and [Unknown].
//
// # What a path knows
//
// A register or a piece of stack holds a value: a constant with the level of
// verifiers that surely know it; an address; an input, which is something that
// no verifier knows (a helper's result, memory, the context); a param, which is
// a number that every verifier knows and this package does not (read-only data
// that user space may set); an expression of these; or something vague, of which
// nothing is known here while the verifier may know more.
//
// # Dead
//
// The paths that are explored here are a superset of what any verifier of the
// given [Level] explores. One side of a branch is left out only if both operands
// are constants that each such verifier knows, or an address that it knows not
// to be null is compared with 0, or what the path assumed of a param rules it
// out. Ranges never make code dead, although the verifier uses them: where a
// range rules a side out, that side may be explored. A constant loses its level
// where not every verifier keeps it: spilled with less than 8 bytes, stored as
// an immediate, divided, byte-swapped, found by comparing a copy.
//
// # Reachable
//
// The verifier is sound: it follows every path that some execution takes, where
// a helper may return and memory may hold anything that its type allows. So it
// is enough to show that there is an input for which the program goes one way.
// For every input a path keeps a set of numbers all of which are possible,
// whatever the other inputs are. A branch that compares inputs is solved for
// them (solve.go); the way for which a number is found is certain, and the path
// goes on with the numbers for which it is taken. Tests that are correlated are
// therefore judged right: the second one has only the numbers left that the
// first one let through. Numbers may get lost from these sets, never added. If
// no number is found the way is merely possible, and nothing is certain of the
// inputs any more on it.
//
// A branch that compares an input with a param, as programs do that look at one
// process only, goes a way for certain if there is an input for every number
// that the param may be (param.go). On the way for "equal" nothing is certain of
// the input any more; on the way for "not equal" one number, it is not known
// which, is missing from its set.
//
// Where nothing is known of a condition the verifier still goes at least one
// way. A node of the graph of explored states therefore has certain edges, all
// of which are taken, and possible edges, of which at least one is taken if no
// edge is certain. The verifier gets to an instruction if a node with it is
// reached whatever is chosen at the possible edges (result.go, mustReach):
//
//   - in a finite number of steps, or
//   - because every path that avoids the instruction goes on forever. The kernel
//     refuses a program with such a path ("infinite loop detected", or too many
//     instructions), so the program does not load either way. This does not hold
//     where the verifier ends a path at a state that it is still exploring:
//     may_goto and the next function of an iterator.
//
// A path ends where the verifier refuses the program. A site is called
// reachable though the verifier may refuse the program before it gets there:
// a reachable poison means that the program does not load.
//
// # Bounds
//
// States that differ in nothing that may decide a branch later are one state:
// what is overwritten before it is read does not count, nor which inputs they
// are of which nothing is sure (liveness.go, stackaddr.go, engine.normalize). A place
// that is entered with too many states gets one state for all of those that hold
// the same constants and addresses, and if these are too many one for the rest
// (merge.go): what differs becomes vague, and an input keeps
// the numbers that are possible in all. If that is not enough the program is
// analysed once more with merged states only and every function alone. Work and
// memory are linear in the size of the program and in
// [Budget]; nothing recurses on the program's size.
package flow

import (
	"cmp"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Site is an instruction of a function.
type Site struct {
	Func *bpfobj.Function
	Insn int // slot index within Func.Insns
}

// Reach says whether the kernel's verifier gets to an instruction.
type Reach uint8

// Answers.
const (
	// Unknown: something that is not known here decides.
	Unknown Reach = iota
	// Reachable: the verifier gets there, unless it refuses the program before.
	Reachable
	// Dead: the verifier never gets there.
	Dead
)

// String is "unknown", "reachable" or "dead".
func (r Reach) String() string {
	return [...]string{"unknown", "reachable", "dead", "unknown"}[r&3]
}

// Answer says whether the verifier gets to an instruction, and what decides.
type Answer struct {
	Reach Reach
	// Guard is the instruction that decides, usually a conditional jump: of
	// a dead site the one that turns away from it, of an unknown site the one
	// whose outcome is not known, of a reachable site the last one that known
	// constants turned towards it. The zero Site if there is none.
	Guard Site
	// Depends says what an unknown answer depends on, in the words of the
	// facts ([Patch.Depends], [Memory.Depends]); "" if the analysis is not
	// precise enough to tell.
	Depends string
}

// PatchKind says what a loader makes of an instruction.
type PatchKind uint8

// Kinds of patches.
const (
	PatchNone     PatchKind = iota // the instruction stays as it is in the object
	PatchConstant                  // the immediate becomes [Patch.Value]
	PatchNonZero                   // the immediate becomes a number that is not known here and not 0
	PatchAddress                   // a ld_imm64 becomes a pointer by BTF id: typed ksym, kfunc
	PatchUnknown                   // the immediate becomes a number that is not known here
	PatchPoison                    // the instruction is refused by a verifier that gets there
)

// Patch is what a loader makes of an instruction. The zero Patch leaves it alone.
type Patch struct {
	Kind PatchKind
	// Value is the 64-bit number of PatchConstant. Instructions other than
	// ld_imm64 hold its low 32 bits, sign-extended.
	Value uint64
	// Depends says what PatchUnknown depends on.
	Depends string
	// Identity, if not nil, tells that all PatchUnknown of an equal identity
	// have the same value. It must be comparable.
	Identity any
}

// Place is a piece of memory in a data section's map or a kconfig extern.
type Place struct {
	Map    *bpfobj.Map    // nil for an extern
	Extern *bpfobj.Extern // of kind ExternKconfig; nil for a map
	Offset int64          // bytes from the start of the map's value or of the extern
	Size   int            // bytes: 1, 2, 4 or 8
}

// MemoryKind says what the verifier knows of memory.
type MemoryKind uint8

// Kinds of memory.
const (
	MemoryVaries MemoryKind = iota // nothing: not frozen, or not read-only
	MemoryKnown                    // it holds [Memory.Value]
	MemoryFixed                    // a value that is not known here
)

// Memory is what the verifier knows of a piece of memory.
type Memory struct {
	Kind MemoryKind
	// Value is the number stored there, zero-extended.
	Value uint64
	// Depends says what MemoryFixed depends on.
	Depends string
}

// Call is what is known of a helper or kfunc call. The zero Call is one that
// the kernel knows and that returns.
type Call struct {
	// Refused tells that a verifier that gets there refuses the call.
	Refused bool
	// NoReturn tells that nothing after the call is executed (bpf_throw).
	NoReturn bool
}

// Globals says which global functions the kernel verifies on their own.
type Globals uint8

// Policies. Before 6.8 the kernel verified every global function that the
// loader appended to the program, since then those that are called on a path
// that it explores (verifier.c, do_check_subprogs).
const (
	GlobalsUnknown Globals = iota
	GlobalsAll
	GlobalsCalled
)

// Level is what a verifier knows of constants. Later levels know more. A
// constant that the target's verifier may not know never makes code dead.
type Level uint8

// Levels.
const (
	LevelBase  Level = iota // 5.10
	Level516                // registers of less than 8 bytes that are spilled
	Level63                 // immediates that are stored to the stack
	Level64                 // addresses of functions and sized variables are not null
	levelNever              // known to no verifier that is sure
)

// Facts is what is known of the loader's work and of the target. The zero
// value is sound: nothing is known. The functions are asked
// several times and must answer the same each time.
type Facts struct {
	// Patch says what the loader makes of an instruction. nil: nothing is patched.
	Patch func(Site) Patch
	// Memory says what the verifier knows of memory at a constant place. nil:
	// kconfig externs and read-only data have fixed values that are unknown.
	Memory func(Place) Memory
	// Call says what is known of a helper or kfunc call. nil: the zero Call.
	Call func(Site) Call
	// Global tells that the kernel verifies the function on its own. nil: a
	// function of GLOBAL linkage in BTF that is not hidden.
	Global func(*bpfobj.Function) bool
	// Types is the object's BTF, for what functions return. nil: unknown.
	Types btfgraph.Graph
	// Globals is the target's policy for global functions.
	Globals Globals
	// Verifier is the level of the target's verifier.
	Verifier Level
	// BigEndian tells the byte order of the object.
	BigEndian bool
}

// Budget bounds the work. The zero value of a field is its default.
type Budget struct {
	// States is the number of path states after which the analysis starts
	// again without paths. The default is 8000, and 4 per instruction slot.
	States int
	// PerSite is the number of states that one instruction may be entered
	// with before they are merged. The default is 64.
	PerSite int
	// Sites are the sites that are asked for. What leads to none of them is
	// not explored, and the analysis ends when all are known to be reached.
	// Other sites are Unknown if they are not known to be reached. The
	// default is all sites.
	Sites []Site
}

func (b Budget) withDefaults(slots int) Budget {
	b.States = cmp.Or(b.States, 8000+4*slots)
	b.PerSite = cmp.Or(b.PerSite, 64)
	return b
}

// Analyze explores a program as the verifier does. entry is the program, or
// any function whose first argument is a context. It never fails: what it
// cannot tell is [Unknown].
//
// To analyse a program for several targets use [Prepare].
func Analyze(entry *bpfobj.Function, facts Facts, budget Budget) *Result {
	shape := Shape{
		Global: facts.Global, Types: facts.Types,
		Patched: func(s Site) bool { return facts.Patch != nil && facts.Patch(s).Kind != PatchNone },
	}
	if facts.Call != nil {
		shape.NoReturn = func(s Site) bool { return facts.Call(s).NoReturn }
	}
	return Prepare(entry, shape).Analyze(facts, budget)
}

// Analyze explores the program as [Analyze] does. Of the facts Global is not
// asked, nor Call whether bpf_throw or anything else returns. Facts that agree
// with earlier ones on all that mattered get the same result again.
func (p *Program) Analyze(facts Facts, budget Budget) *Result {
	r := &Result{malformed: p.malformed}
	if r.malformed != "" {
		return r
	}
	budget = budget.withDefaults(p.slots)
	if known := p.shared(&facts, &budget); known != nil {
		return known
	}
	c := newCode(p, &facts, &budget)
	r.code = c
	e := p.pool.get()
	defer p.pool.put(e)
	e.reset(c, budget, true)
	if !e.run() {
		e.reset(c, Budget{States: 1 << 30, PerSite: 1}, false)
		if !e.run() {
			r.malformed = "too large to analyse"
			return r
		}
	}
	r.graph = e.finish()
	p.share(r)
	return r
}
