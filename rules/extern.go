package rules

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var externUndeclared = &analyzer.Rule{
	Name: "extern-undeclared", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"KF-19", "KF-20", "KF-21", "KF-22", "KF-23", "CALL-01"},
	Doc: analyzer.Doc{
		Title: "An undefined symbol is not declared as an extern that the loader can resolve",
		Why: "A compiled object may leave symbols to the loader: kfuncs and ksyms in section `.ksyms`, options in `.kconfig`. " +
			"libbpf wants BTF for every undefined symbol, with extern linkage and in one of these sections, whether an instruction uses it or not, " +
			"and a symbol for every entry of the sections. cilium/ebpf looks at a symbol when an instruction refers to it.\n\n" +
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
		p.Report(analyzer.Finding{
			Severity: analyzer.Error, Stage: b.Stage, Scope: b.Scope,
			Message:  "extern " + quoted(b.Extern.Name) + " cannot be resolved by {loader}: " + b.Detail,
			Hint:     hint,
			Location: useOf(p, b, b.Scope),
		})
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
		if e.Weak || e.WeakUnknown || b.Fault != "" || e.Kind != bpfobj.ExternFunc && e.Kind != bpfobj.ExternVar {
			continue
		}
		for _, r := range e.Refs {
			if r.Call || !plan.TestsZero(r.Func, r.Insn) {
				continue
			}
			loc := p.Plan.Object.Locate(r.Func, r.Insn)
			loc.Symbol = symbolOf(e)
			p.Report(analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad,
				Message:  nounOf(e) + " " + quoted(e.Name) + " is strong, and the program tests whether it exists",
				Hint:     "declare it __weak: a kernel without it refuses the load before the test",
				Location: loc,
			})
			break
		}
	}
	return nil
}

// nounOf is what an extern is called in messages.
func nounOf(e *bpfobj.Extern) string {
	switch e.Kind {
	case bpfobj.ExternFunc:
		return "kfunc"
	case bpfobj.ExternVar:
		return "ksym"
	case bpfobj.ExternKconfig:
		return "kconfig"
	default:
		return "extern"
	}
}

// symbolOf is the extern's name as [bpfobj.Location.Symbol] has it.
func symbolOf(e *bpfobj.Extern) string { return nounOf(e) + " " + e.Name }

// quoted puts C text in double quotes.
func quoted(text string) string { return `"` + text + `"` }

// useOf is the location of the first use of an extern that tells most: a call
// in a program of the scope, a use there, a call, a use. The extern itself is
// named if nothing uses it.
func useOf(p *analyzer.Pass, b *plan.ExternBinding, scope plan.Scope) bpfobj.Location {
	e := b.Extern
	best, score := -1, -1
	for i, r := range e.Refs {
		n := 0
		if r.Func.Program != nil && slices.Contains(scope.Programs, r.Func.Name) {
			n += 2
		}
		if r.Call {
			n++
		}
		if n > score {
			best, score = i, n
		}
	}
	loc := bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1}
	if best >= 0 {
		loc = p.Plan.Object.Locate(e.Refs[best].Func, e.Refs[best].Insn)
	}
	loc.Symbol = symbolOf(e)
	return loc
}

// empty tells that a scope takes down nothing.
func empty(s plan.Scope) bool { return !s.Object && !s.Whole && len(s.Programs) == 0 }

// weak tells that the extern may be missing.
func weak(e *bpfobj.Extern) bool { return e.Weak || e.WeakUnknown }

// usedByDefault tells that a program which is loaded by default links a use of
// the extern.
func usedByDefault(p *analyzer.Pass, e *bpfobj.Extern) bool {
	return p.Plan.Hits(scopeOfUses(p, e), "")
}

// scopeOfUses is the scope of the programs that link a use of the extern.
func scopeOfUses(p *analyzer.Pass, e *bpfobj.Extern) plan.Scope {
	funcs := make([]*bpfobj.Function, 0, len(e.Refs))
	for _, r := range e.Refs {
		funcs = append(funcs, r.Func)
	}
	return p.Plan.ScopeOfFunctions(funcs...)
}

// refused is a finding about something that fails the load, or may fail it if
// the part of the kernel that decides is unknown.
func refused(b *plan.ExternBinding, scope plan.Scope, message, hint string) analyzer.Finding {
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: b.Stage, Scope: scope,
		Message: message, Hint: hint, DependsOn: b.Unknown,
	}
	if b.Unknown != "" {
		f.Severity = analyzer.Warning
	}
	return f
}

// reportCalls reports calls that fail where they are reached: an error for the
// programs that certainly reach one, a warning for the others.
func reportCalls(p *analyzer.Pass, b *plan.ExternBinding, message, hint string) {
	if !empty(b.Certain) {
		f := refused(b, b.Certain, message+", and is called on every path", hint)
		f.Location = useOf(p, b, b.Certain)
		p.Report(f)
	}
	if !empty(b.Possible) {
		f := refused(b, b.Possible, message+"; a call that is reached fails", hint)
		f.Severity = analyzer.Warning
		if f.DependsOn == "" {
			f.DependsOn = "reachability"
		}
		f.Location = useOf(p, b, b.Possible)
		p.Report(f)
	}
}

// moduleList names modules in a message: `module "a"`, `modules "a", "b"`.
func moduleList(names []string) string {
	if len(names) == 1 {
		return "module " + quoted(names[0])
	}
	return `modules "` + strings.Join(names, `", "`) + `"`
}
