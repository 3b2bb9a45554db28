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
// functions (verified alone, with unknown arguments) and callbacks. The answers
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
// States that differ in nothing that may decide a branch later are one state
// (liveness.go, engine.normalize). A place that is entered with too many states
// gets one state that stands for all of them (merge.go): what differs becomes
// vague, and an input keeps the numbers that are possible in all. If that is not
// enough the program is analysed once more with merged states only and every
// function alone. Work and memory are linear in the size of the program and in
// [Budget]; nothing recurses on the program's size.
package flow
