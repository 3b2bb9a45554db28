package rules

import (
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var coreRules = []*analyzer.Rule{
	coreFieldMissing, coreFieldIncompatible, coreFieldChanged, coreTypeMissing, coreEnumeratorMissing,
	coreRecordMalformed, coreAmbiguous, coreAccessUnsupported, coreUndecided,
	coreTypeZero, coreTypeIDModule, coreTypeShadowed, coreFlavorParse, coreOtherArch,
}

// Sources of what the rules for missing things say.
var coreReferences = []string{
	"libbpf 1.8, relo_core.c, bpf_core_calc_relo_insn, bpf_core_poison_insn",
	"cilium/ebpf v0.22.0, btf/core.go, coreCalculateFixups, COREFixup.Apply",
	"Linux, kernel/bpf/verifier.c, check_helper_call: \"invalid func unknown#195896080\"",
	"Linux, tools/testing/selftests/bpf/progs/test_core_reloc_existence.c, prog_tests/log_fixup.c",
}

var coreFieldMissing = &analyzer.Rule{
	Name: "core-field-missing", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-05", "CR-06", "CR-11", "CR-32", "CR-34"},
	Doc: analyzer.Doc{
		Title: "A field does not exist in the kernel, and the program reads it",
		Why: "CO-RE looks a field up by its name in the kernel's type. If it is not there, the loader replaces the instruction by one that no " +
			"verifier accepts. That is harmless where no path gets: behind `bpf_core_field_exists`, which is 0 then, or any other test that " +
			"is false on this kernel. A read that is reached is an error; one behind a condition that is not known, such as a variable that " +
			"user space sets before the load, is a warning that names it; one that is never reached is a note.\n\n" +
			"The kernel verifies a global function alone, with unknown arguments: a test in its caller guards nothing in it. " +
			"cilium/ebpf settles on one candidate for all fields of a type in a program; libbpf may take each field from another.",
		Fix: "Ask before the read, and say in a flavor of the struct (`task_struct___x`; what follows the three underscores is not part of " +
			"the name) where the field is on other kernels. Without another place, give the variable another value: one that only the guarded " +
			"read sets is read uninitialised, which the verifier refuses (`R2 !read_ok`).\n\n" +
			"The macros are those of libbpf's `bpf_core_read.h`; `p` in hints is your pointer to the struct.",
		Wrong: "long state = BPF_CORE_READ(task, state); /* __state since 5.14 */",
		Right: "struct task_struct___x { unsigned int __state; } *x = (void *)task;\n\n" +
			"long state = bpf_core_field_exists(task->state) ? BPF_CORE_READ(task, state) : BPF_CORE_READ(x, __state);",
		References: coreReferences,
	},
	Run: func(p *analyzer.Pass) error {
		regs := registerMix(p)
		for _, u := range coreUses(p, func(b *plan.COREBinding) string {
			if b.Status != plan.COREPoisoned || !b.Kind.FieldBased() || regs.covers(b) {
				return ""
			}
			if why := b.Cause().Why; why == plan.CORENoMember || why == plan.COREOutvoted {
				return b.Path()
			}
			return ""
		}) {
			b := u.binding
			f := missing(subjectOf(b) + " not found in " + analyzer.KernelPlaceholder)
			near := u.near(p)
			switch {
			case b.Cause().Why == plan.COREOutvoted:
				f.Hint = "read it through a flavor of its own (" + cRoot(p, b) + "___2), for which {loader} chooses anew"
			case len(near) > 0:
				f.Hint = nearHint(p, b, &near[0])
			default:
				f.Hint = guardedRead(p, b)
			}
			f.Hint = globalHint(p, u, f.Hint)
			u.report(p, explained(f, whereNow(p, b, near), ifReached))
		}
		return nil
	},
}

// missing is a finding about an instruction that is refused if it is reached.
func missing(message string) analyzer.Finding {
	return analyzer.Finding{Severity: analyzer.Error, Stage: plan.StageLoad, Message: message}
}

var coreFieldIncompatible = &analyzer.Rule{
	Name: "core-field-incompatible", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-22", "CR-25"},
	Doc: analyzer.Doc{
		Title: "The kernel has the field with a type that does not fit, and the program reads it",
		Why: "A field is found only if its kind is that of the declaration: an integer for an integer, whatever its size, a pointer for a pointer, a " +
			"struct or union for another, an array with enough elements. Otherwise it counts as missing, for `bpf_core_field_exists` too, and " +
			"the instruction is replaced by one that the verifier refuses where a path reaches it.",
		Fix:   "Declare the field as this kernel has it in a flavor of the struct, test each form with `bpf_core_field_exists`, and read the one that is there.",
		Wrong: "struct request { struct gendisk *rq_disk; };",
		Right: "struct request___new { struct request_queue *q; } __attribute__((preserve_access_index));",
		References: append([]string{
			"libbpf 1.8, relo_core.c, bpf_core_fields_are_compat, bpf_core_spec_match",
			"cilium/ebpf v0.22.0, btf/core.go, coreAreMembersCompatible",
		}, coreReferences...),
	},
	Run: func(p *analyzer.Pass) error {
		regs := registerMix(p)
		for _, u := range coreUses(p, func(b *plan.COREBinding) string {
			if b.Status != plan.COREPoisoned || !b.Kind.FieldBased() || regs.covers(b) {
				return ""
			}
			if why := b.Cause().Why; why == plan.COREUnlike || why == plan.COREShort {
				return b.Path()
			}
			return ""
		}) {
			b, cause := u.binding, u.binding.Cause()
			f := missing(subjectOf(b) + " is of another type in " + analyzer.KernelPlaceholder)
			f.Hint = "declare it so in a flavor of " + cRoot(p, b) + ", and read the one for which bpf_core_field_exists is 1"
			detail, near := ": "+b.Reason(), u.near(p)
			if len(near) > 0 {
				f.Hint = nearHint(p, b, &near[0])
			}
			switch {
			case len(near) > 0 && near[0].How == plan.MovedBehind:
				detail = whereNow(p, b, near)
			case cause.Why == plan.COREShort:
				f = missing(subjectOf(b) + " not found in " + analyzer.KernelPlaceholder)
				f.Hint = guardedRead(p, b)
			case cause.Local != "" && strings.HasSuffix(b.Path(), "."+cause.Name):
				detail = ": " + quoted(cause.Target) + ", in the object " + quoted(cause.Local)
			}
			f.Hint = globalHint(p, u, f.Hint)
			u.report(p, explained(f, detail, ifReached))
		}
		return nil
	},
}

var coreEnumeratorMissing = &analyzer.Rule{
	Name: "core-enumerator-missing", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-07"},
	Doc: analyzer.Doc{
		Title: "An enumerator does not exist in the kernel, and the program uses its value",
		Why: "`bpf_core_enum_value` asks for the value that an enumerator has in the kernel. If its enum does not have it, or the kernel has no such enum, " +
			"the loader replaces the instruction by one that the verifier refuses where a path reaches it.",
		Fix:        "Use the value only if `bpf_core_enum_value_exists` is 1.",
		Wrong:      "int id = bpf_core_enum_value(enum bpf_func_id, BPF_FUNC_loop);",
		Right:      "if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop))\n\tid = bpf_core_enum_value(enum bpf_func_id, BPF_FUNC_loop);",
		References: coreReferences,
	},
	Run: func(p *analyzer.Pass) error {
		for _, u := range coreUses(p, func(b *plan.COREBinding) string {
			if b.Status != plan.COREPoisoned || !b.Kind.EnumvalBased() {
				return ""
			}
			return b.Root() + "." + b.Path()
		}) {
			b := u.binding
			f := missing("enumerator " + quoted(clipPath(b.Path())) + " not found in " + analyzer.KernelPlaceholder)
			f.Hint = globalHint(p, u, "use it only if bpf_core_enum_value_exists("+cRoot(p, b)+", "+b.Path()+"), and another value otherwise")
			clause := ": there is no " + typeNamed(rootOf(p, b))
			if b.Cause().Why != plan.CORENoType {
				clause = ": " + b.Reason()
			}
			if near := u.near(p); len(near) > 0 {
				clause = "; " + typeNamed(rootOf(p, b)) + " has " + quoted(near[0].Name)
				if near[0].How == plan.OtherEnum {
					_, enum, _ := strings.Cut(near[0].Name, " of ")
					clause = "; it is in " + enum
				}
			}
			u.report(p, explained(f, clause, ifReached))
		}
		return nil
	},
}

// clipPath is the end of a path that is too long for a message.
func clipPath(path string) string {
	if len(path) <= maxPath {
		return path
	}
	return "..." + path[len(path)-maxPath+3:]
}

// typeNamed quotes the name in `struct x`.
func typeNamed(typ string) string {
	keyword, name, _ := strings.Cut(typ, " ")
	return keyword + " " + quoted(clipPath(name))
}
