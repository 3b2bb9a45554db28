package rules

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var coreRecordMalformed = &analyzer.Rule{
	Name: "core-record-malformed", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-01", "CR-02", "CR-03", "CR-04", "CR-12", "CR-23", "CR-27", "CR-29", "CR-33"},
	Doc: analyzer.Doc{
		Title: "A CO-RE relocation is wrong in itself",
		Why: "A record names a type, a path of indexes into it and an instruction. If the type has no name, the path leads nowhere, the kind is none that the loader " +
			"knows, or the instruction holds another value than the object's own types give, the loader refuses, whatever the kernel is and " +
			"whether the instruction is reached or not: libbpf the object, or the program that holds the record; cilium/ebpf the program, or the object where it notices " +
			"when it reads the file.",
		Fix: "Give the struct a name. Records that no C source leaves come from tools: link objects with `bpftool gen object`, and build again after " +
			"a tool has rewritten BTF.",
		Wrong: "struct { int pid; } __attribute__((preserve_access_index)) *task;",
		Right: "struct task_struct { int pid; } __attribute__((preserve_access_index)) *task;",
		References: []string{
			"libbpf 1.8, relo_core.c, bpf_core_parse_spec, bpf_core_calc_relo_insn, bpf_core_patch_insn",
			"cilium/ebpf v0.22.0, btf/core.go, CORERelocate, parseCOREAccessor, COREFixup.Apply",
			"Linux, tools/testing/selftests/bpf/prog_tests/core_reloc.c, prog_tests/core_reloc_raw.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		reportRefusedCORE(p, plan.COREMalformed, func(b *plan.COREBinding) (f analyzer.Finding, detail string) {
			f = missing("CO-RE relocation of " + subjectOf(b) + " refused by " + analyzer.LoaderPlaceholder)
			f.Hint = "access it without CO-RE there; if the source has nothing odd, build the object again"
			if b.Root() == "" {
				f.Hint = "give the type a name, which is how it is found in the kernel"
			}
			return f, ": " + b.Reason()
		})
		return nil
	},
}

var coreAmbiguous = &analyzer.Rule{
	Name: "core-ambiguous", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-13"},
	Doc: analyzer.Doc{
		Title: "The kernel has several types of one name, and they disagree",
		Why: "Two types of the name match and give different offsets or values. No loader picks one: the relocation is refused, whether the " +
			"instruction is reached or not. libbpf compares offsets even for `bpf_core_field_exists`, and tries only the types that matched " +
			"the relocations of that type before; cilium/ebpf counts how many relocations of the program each type fails, and " +
			"compares the best. It looks into modules too, so that a private struct of a module can be in the way.",
		Fix:   "Relocate a field that only the type you mean has, in the same program and before the ambiguous one.",
		Wrong: "int n = BPF_CORE_READ(ring, size); /* two structs ring, with size at different places */",
		Right: "__builtin_preserve_access_index(&ring->only_in_this_one);\nint n = BPF_CORE_READ(ring, size);",
		References: []string{
			"libbpf 1.8, relo_core.c, bpf_core_calc_relo_insn: \"field offset ambiguity\"",
			"cilium/ebpf v0.22.0, btf/core.go, coreCalculateFixups: \"ambiguous relocation\"",
			"Linux, tools/testing/selftests/bpf/progs/btf__core_reloc_size___err_ambiguous.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		reportRefusedCORE(p, plan.COREAmbiguous, func(b *plan.COREBinding) (f analyzer.Finding, detail string) {
			f = missing(subjectOf(b) + " ambiguous in " + analyzer.KernelPlaceholder)
			f.Hint = "relocate a field before it, in the same program, that only the type you mean has: that rules the others out"
			return f, strings.TrimPrefix(b.Reason(), "ambiguous")
		})
		return nil
	},
}

var coreAccessUnsupported = &analyzer.Rule{
	Name: "core-access-unsupported", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-18", "CR-19", "CR-20", "CR-26", "CR-31"},
	Doc: analyzer.Doc{
		Title: "The kernel has the field where the instruction cannot reach it",
		Why: "The field is found, and the value does not go into the instruction: the offset of a load or store has 16 bits, a load " +
			"reads 1, 2, 4 or 8 bytes, a bitfield must lie within one such load, a path has at most 64 steps. Unlike a missing field this is " +
			"refused whether the instruction is reached or not, so that no guard helps. libbpf relocates the functions of `.text` even if " +
			"no program calls them: such a record there takes the object down.",
		Fix: "Read the field through `bpf_probe_read_kernel` at `__builtin_preserve_access_index(&p->field)`, which takes any offset, as `BPF_CORE_READ` does. " +
			"Keep code for other kernels in programs that are not loaded there.",
		Wrong: "__u32 v = p->far_away; /* at byte 40000 */",
		Right: "__u32 v = BPF_CORE_READ(p, far_away);",
		References: []string{
			"libbpf 1.8, relo_core.c, bpf_core_patch_insn, bpf_core_calc_field_relo",
			"cilium/ebpf v0.22.0, btf/core.go, COREFixup.Apply: \"exceeds MaxInt16\"",
			"Linux, tools/testing/selftests/bpf/progs/btf__core_reloc_bitfields___err_too_big_bitfield.c, test_core_autosize.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		reportRefusedCORE(p, plan.COREUnfit, func(b *plan.COREBinding) (f analyzer.Finding, detail string) {
			f = missing(subjectOf(b) + " of " + analyzer.KernelPlaceholder + " refused by " + analyzer.LoaderPlaceholder)
			f.Hint = "keep it in a program that is not loaded there: a guard does not help"
			switch {
			case b.KernelRelocatesNone():
				f.Hint = "load the object with libbpf there, which relocates it itself"
			case b.Kind.FieldBased():
				f.Hint = "read it with BPF_CORE_READ, which takes any offset; a guard does not help"
			}
			return f, ": " + b.Reason()
		})
		return nil
	},
}

var coreUndecided = &analyzer.Rule{
	Name: "core-undecided", Severity: analyzer.Warning, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Doc: analyzer.Doc{
		Title: "The types of a relocation are too large to be compared",
		Why: "Comparing two types may take as many steps as there are paths through them, which doubles with every level of some nestings. btflint gives up after some millions, " +
			"where a loader would go on for a while; what it would find is not known.",
		Fix:   "Ask for a field in place of the whole type: `bpf_core_field_exists` in place of `bpf_core_type_matches`.",
		Wrong: "bpf_core_type_matches(struct deeply_nested)",
		Right: "bpf_core_field_exists(struct deeply_nested, field)",
		References: []string{
			"libbpf 1.8, relo_core.c, __bpf_core_types_match",
		},
	},
	Run: func(p *analyzer.Pass) error {
		var seen map[*bpfobj.Function]bool
		for _, i := range p.Plan.NotableCORE() {
			b, subject := pickCORE(&p.Plan.CORE[i], func(b *plan.COREBinding) string {
				if b.Status == plan.COREUndecided {
					return b.Subject()
				}
				return ""
			})
			if subject == "" || seen[b.Record.Func] {
				continue
			}
			if seen == nil {
				seen = make(map[*bpfobj.Function]bool)
			}
			seen[b.Record.Func] = true
			f := analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, DependsOn: "types", Scope: plan.ScopeObject,
				Message:  subjectOf(b) + " too large to be compared with that of " + analyzer.KernelPlaceholder,
				Hint:     "ask for a field of it in place of the whole type",
				Location: locateCORE(p, b),
			}
			if b.Record.Func != nil {
				f.Scope = p.Plan.ScopeOfFunctions(b.Record.Func)
			}
			p.Report(f)
		}
		return nil
	},
}

// reportRefusedCORE reports the relocations that are refused for a reason, one
// of a sort for each function.
func reportRefusedCORE(p *analyzer.Pass, why plan.COREWhy, finding func(*plan.COREBinding) (f analyzer.Finding, detail string)) {
	var found []analyzer.Finding
	var byKey map[coreKey]int
	for _, i := range p.Plan.NotableCORE() {
		b, reason := pickCORE(&p.Plan.CORE[i], func(b *plan.COREBinding) string {
			if b.Status == plan.CORERefused && b.Cause().Why == why {
				return b.Subject() + b.Reason()
			}
			return ""
		})
		if b == nil {
			continue
		}
		scope := p.Plan.ScopeOfCORE(i)
		key := coreKey{reason, b.Record.Func}
		if k, ok := byKey[key]; ok {
			found[k].Scope = joined(found[k].Scope, scope)
			continue
		}
		if byKey == nil {
			byKey = make(map[coreKey]int)
		}
		byKey[key] = len(found)
		f, detail := finding(b)
		f.Stage, f.Scope, f.Location = b.Stage, scope, locateCORE(p, b)
		if fn := b.Record.Func; fn != nil && fn.Program == nil && p.Plan.ScopeOfFunctions(fn).Empty() {
			f.Message += ", and no program calls it"
		}
		found = append(found, explained(f, detail, ""))
	}
	for _, f := range found {
		if !f.Scope.Empty() {
			p.Report(f)
		}
	}
}

// joined is the scope of what either scope takes down.
func joined(a, b plan.Scope) plan.Scope {
	a.Object, a.Whole = a.Object || b.Object, a.Whole || b.Whole
	a.Programs = slices.Concat(a.Programs, minus(b, a).Programs)
	return a
}

// locateCORE is where a record's instruction is, which may lie in no function.
func locateCORE(p *analyzer.Pass, b *plan.COREBinding) bpfobj.Location {
	loc := bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1, Offset: b.Record.Offset}
	switch {
	case b.Record.Func != nil:
		loc = p.Plan.Object.Locate(b.Record.Func, b.Record.Insn)
	case b.Record.Section > 0 && b.Record.Section < len(p.Plan.Object.Sections):
		loc = p.Plan.Object.LocateSection(b.Record.Section, b.Record.Offset)
	}
	loc.Symbol = coreSymbol(p, b)
	return loc
}
