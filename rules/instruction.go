package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// v3 is the way out of what clang writes only for a newer cpu version.
const v3 = "compile with -mcpu=v3"

// instructionTexts say of every form what it is, since which kernel, and how to
// do without.
var instructionTexts = [...]struct{ what, since, hint string }{
	plan.FormJump32:        {"32-bit jump", "5.1", "compile with -mcpu=v2"},
	plan.FormAtomic:        {"atomic operation", "5.12", "only additions whose result is not used are older: __atomic_fetch_add(p, v, __ATOMIC_RELAXED); or take a per-CPU map or bpf_spin_lock"},
	plan.FormLoadSigned:    {"sign-extending load", "6.6", v3},
	plan.FormMoveSigned:    {"sign-extending move", "6.6", v3},
	plan.FormSwap:          {"byte swap", "6.6", v3},
	plan.FormDivideSigned:  {"signed division", "6.6", v3 + " and divide unsigned numbers"},
	plan.FormJumpLong:      {"long jump", "6.6 and 6.1.71", v3 + ", with functions of less than 32768 instructions"},
	plan.FormMayGoto:       {"may_goto", "6.9", "bound the loop by a constant there, in place of can_loop and cond_break"},
	plan.FormAddrSpaceCast: {"cast of an arena's pointer", "6.9", "keep code with arenas in programs that are not loaded there"},
	plan.FormLoadAcquire:   {"load-acquire", "6.15", "read 4 or 8 bytes with __sync_fetch_and_or(p, 0), a full barrier, known since 5.12"},
	plan.FormStoreRelease:  {"store-release", "6.15", "write 4 or 8 bytes with __sync_lock_test_and_set(p, v), a full barrier, known since 5.12"},
	plan.FormGotoX:         {"indirect jump", "6.19", "compile with -fno-jump-tables"},
}

var instructionUnsupported = &analyzer.Rule{
	Name:     "instruction-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases: []string{
		"isa-jmp32", "isa-atomic-fetch", "isa-v4", "isa-may-goto", "isa-addr-space-cast", "isa-load-acquire", "isa-gotox",
	},
	Doc: analyzer.Doc{
		Title: "The kernel does not know an instruction",
		Why: "The instruction set grows, and clang writes what `-mcpu` allows: `v3` has 32-bit jumps (Linux 5.1) and atomic operations with a " +
			"result (5.12; since clang 20 every `__sync_fetch_and_add` is one), `v4` sign-extending loads and moves, `bswap`, signed division " +
			"and `gotol` (all 6.6; `gotol` also 6.1.71). `can_loop` and `cond_break` are a `may_goto` and pointers of arenas are cast (6.9); " +
			"`__atomic_load_n(p, __ATOMIC_ACQUIRE)` and its kin need 6.15. An earlier kernel says " +
			"\"unknown opcode e5\", \"BPF_LDX uses reserved fields\" or \"BPF_ATOMIC uses invalid atomic opcode 100\".\n\n" +
			"It looks at opcodes, and at the fields of loads and stores, wherever they stand; a guard does not help. Signed divisions and " +
			"moves, casts, and from 5.12 on the operations of atomic stores are refused where a path reaches them.\n\n" +
			"No enum of the kernel's BTF lists instructions. What came with the same version (helpers, attach types, map types) shows that a kernel " +
			"knows them; that it does not, the functions and structs of its verifier prove, which got a parameter or a member with them: `is_ldsx` of " +
			"`check_mem_access`, `may_goto_depth` of `struct bpf_verifier_state`. Where BTF holds nothing of that sort the finding is a warning, " +
			"as it is for `gotol` where 32-bit jumps are known. Whether the JIT compiler of an architecture knows what the verifier does is not " +
			"looked at.",
		Fix: "Compile for the oldest kernel: `-mcpu=v3`, or `v2` before 5.1. Bound loops by constants in place of `can_loop`, and keep what needs newer " +
			"instructions in programs that are not loaded on older kernels.",
		Wrong: "old = __sync_fetch_and_or(&flags, 1); /* with a result: since 5.12 */",
		Right: "__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED); /* result not used */",
		References: []string{
			"Linux, kernel/bpf/verifier.c, resolve_pseudo_ldimm64, check_alu_op and check_atomic",
			"Linux, kernel/bpf/core.c, bpf_opcode_in_insntable",
			"Linux, Documentation/bpf/standardization/instruction-set.rst",
			"LLVM pull requests 101428 and 107343 (atomic additions), 108636 (load-acquire)",
			"Linux commits 092ed0968bb6, 5ca419f2864a, 1f9a1ea821ff, 4cd58e9af8b9, 011832b97b31, 6082b6c328b5, 880442305a39",
		},
	},
	Run: func(p *analyzer.Pass) error {
		uses := p.Plan.UnsupportedInstructions()
		for i := range uses {
			reportInstruction(p, &uses[i])
		}
		return nil
	},
}

// reportInstruction reports a form of instructions for programs of which the
// same is known.
func reportInstruction(p *analyzer.Pass, use *plan.InstructionUse) {
	text := &instructionTexts[use.Form]
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Location: p.Plan.Object.Locate(use.Func, use.Insn), Hint: text.hint,
	}
	f.Location.Symbol = "instruction " + use.Form.String()
	if use.Places > 1 {
		f.Hint += fmt.Sprintf("; the object has %d of them", use.Places)
	}
	missing, detail, suffix := "not found", text.what+", since "+text.since, ""
	if !use.Sure {
		f.Severity, f.DependsOn = analyzer.Warning, "version"
		missing, detail, suffix = "untraced", text.what, "; refused before "+text.since
	}
	what := fmt.Sprintf("instruction %q %s in %s", use.Spelling(), missing, analyzer.KernelPlaceholder)
	switch {
	case !use.Certain.Empty():
		f.Scope = use.Certain
		p.Report(detailed(f, what, detail, suffix))
	case !use.Possible.Empty():
		p.Report(possibly(p, detailed(f, what, detail, suffix+ifReached), &use.Reach))
	default:
		p.Report(guarded(p, detailed(f, what, detail, suffix+neverReached), &use.Reach, nothingToDo))
	}
}
