package rules

import (
	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var externUndeclared = &analyzer.Rule{
	Name: "extern-undeclared", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"KF-19", "KF-20", "KF-21", "KF-22", "KF-23", "CALL-01", "BTF-09"},
	Doc: analyzer.Doc{
		Title: "An undefined symbol is not declared as an extern that the loader can resolve",
		Why: "A compiled object may leave symbols to the loader: kfuncs and ksyms in section `.ksyms`, options in `.kconfig`. " +
			"libbpf wants BTF for every undefined symbol, with extern linkage and in one of these sections, whether an instruction uses it or not, " +
			"and a symbol for every entry of the sections. cilium/ebpf looks at a symbol when an instruction refers to it. aya resolves none: a call of one fails the load of the object.\n\n" +
			"The usual causes: a declaration without `__ksym`, a function or variable of another object that was never linked in, a build without `-g`, " +
			"and symbols that exist in inline assembly only.",
		Fix:   "Mark kernel functions and variables `__ksym` and options `__kconfig`. Link the object that defines the symbol with `bpftool gen object`. Compile with `-g`.",
		Wrong: "extern int bpf_foo(void);",
		Right: "extern int bpf_foo(void) __ksym;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__collect_externs, find_extern_btf_id",
			"cilium/ebpf v0.22.0, elf_reader.go, relocateInstruction; asm/instruction.go, encodeFunctionReferences",
		},
	},
	Run: runExternUndeclared,
}

func runExternUndeclared(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		hint := ""
		switch b.Fault {
		case plan.FaultNoBTF:
			hint = "declare it in C and compile with -g"
		case plan.FaultLinkage, plan.FaultNoSymbol:
			hint = "declare it extern, once, and use it"
		case plan.FaultNoSection, plan.FaultCall:
			hint = "mark it __ksym if the kernel has it, or link the object that defines it (bpftool gen object)"
		case plan.FaultFunction:
			hint = "mark functions of the kernel __ksym"
		default:
			continue // rules of their own
		}
		p.Report(detailed(analyzer.Finding{
			Severity: analyzer.Error, Stage: b.Stage, Scope: b.Scope, Hint: hint, Location: useOf(p, b, b.Scope),
		}, "extern "+quoted(b.Extern.Name)+" cannot be resolved by {loader}", b.Detail, ""))
	}
	return nil
}

var externNotWeak = &analyzer.Rule{
	Name: "extern-not-weak", Severity: analyzer.Warning, Since: "0.1.0",
	Doc: analyzer.Doc{
		Title: "A strong extern is tested for existence",
		Why: "The test of an extern's address (`bpf_ksym_exists`) is meant to choose a fallback on kernels that lack it. " +
			"A strong extern that is missing fails the load before any program runs, so the fallback is never used; " +
			"compilers also fold the test away, since the address of a strong symbol is not 0.",
		Fix:   "Declare the extern `__weak`.",
		Wrong: "extern void bpf_foo(void) __ksym;\n\nif (bpf_ksym_exists(bpf_foo))\n\tbpf_foo();",
		Right: "extern void bpf_foo(void) __ksym __weak;\n\nif (bpf_ksym_exists(bpf_foo))\n\tbpf_foo();",
		References: []string{
			"libbpf 1.8, bpf_helpers.h, bpf_ksym_exists",
			"libbpf 1.8, libbpf.c, bpf_object__resolve_externs",
		},
	},
	Run: runExternNotWeak,
}

func runExternNotWeak(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		e := b.Extern
		if e.MayBeWeak() || b.Fault != "" || e.Kind != bpfobj.ExternFunc && e.Kind != bpfobj.ExternVar {
			continue
		}
		if len(b.Tests) == 0 {
			continue
		}
		loc := p.Plan.Object.Locate(b.Tests[0].Func, b.Tests[0].Insn)
		loc.Symbol = symbolOf(p, e)
		p.Report(analyzer.Finding{
			Severity: analyzer.Warning, Stage: plan.StageLoad,
			Message:  p.Plan.ExternNoun(e) + " " + quoted(e.Name) + " is strong, and the program tests whether it exists",
			Hint:     "declare it __weak: a kernel without it refuses the load before the test",
			Location: loc,
		})
	}
	return nil
}
