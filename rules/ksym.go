package rules

import (
	"strconv"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var ksymRules = []*analyzer.Rule{
	ksymMissing, ksymIncompatible, ksymAmbiguous, ksymLeaked,
	ksymNoAddress, ksymHidden, ksymInModule, ksymPerCPU,
}

var ksymMissing = &analyzer.Rule{
	Name: "ksym-missing", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"KS-01", "KS-02", "KS-04", "KS-11", "KS-12", "KS-13", "K11"},
	Doc: analyzer.Doc{
		Title: "A variable or symbol does not exist in the kernel",
		Why: "A typed `__ksym` variable is looked up in the kernel's BTF, which by default lists only per-CPU variables. A typeless one (`extern const void x __ksym`) is looked up in kallsyms, " +
			"which lists variables only with CONFIG_KALLSYMS_ALL. There is no way from one to the other. A strong extern that is not found fails the load; a weak one has the address 0.\n\n" +
			"No loader strips a flavor (`x___v2`) from the name of a variable. libbpf takes the symbol `x.llvm.HASH` of kernels built with LTO for `x`, cilium/ebpf does not.",
		Fix:   "Declare the extern `__weak` and test its address. If kallsyms has what BTF lacks, declare it `extern const void x __ksym`.",
		Wrong: "extern const int jiffies __ksym;",
		Right: "extern const void jiffies __ksym __weak;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__resolve_ksym_var_btf_id, kallsyms_cb",
			"cilium/ebpf v0.22.0, linker.go, resolveKsymReferences",
			"Linux, tools/testing/selftests/bpf/progs/test_ksyms.c, progs/test_ksyms_btf.c, progs/test_ksyms_weak.c",
		},
	},
	Run: runKsymMissing,
}

func runKsymMissing(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		e := b.Extern
		if e.Kind != bpfobj.ExternVar || b.Leaked || b.Status != plan.ExternMissing && b.Unknown != "modules" && b.Unknown != "symbols" {
			continue
		}
		f := refused(b, b.Scope, ksymMessage(b), ksymHint(p, b))
		switch {
		case !b.OptionalFor(p.Plan.Loader) || b.NoBTF && p.Plan.Loader.Externs.WeakNeedsBTF:
		case b.Unknown != "":
			continue // it may be there, and need not
		case len(b.NullUses) > 0:
			reportNullUses(p, b)
			continue
		case b.Tested:
			f.Severity, f.Scope = analyzer.Note, plan.Scope{}
			f.Message += "; its address is 0"
		case b.Extern.Typeless(): // a number like any other
			f.Severity, f.Scope = analyzer.Warning, b.Uses
			f.Message += "; its address is 0 and is not tested"
		default:
			f.Severity, f.Scope, f.DependsOn = analyzer.Warning, b.Uses, "reachability"
			f.Message += "; its address is 0 and is not tested"
		}
		if f.Severity != analyzer.Note && f.Scope.Empty() {
			continue
		}
		f.Location = useOf(p, b, f.Scope)
		p.Report(f)
	}
	return nil
}

// reportNullUses reports the uses of a variable whose address is 0.
func reportNullUses(p *analyzer.Pass, b *plan.ExternBinding) {
	for _, m := range b.NullUses {
		what := " is read: its address is 0"
		if m.Helper != "" {
			what = " is passed to " + m.Helper + ": its address is 0"
		}
		f := refused(b, plan.Scope{}, "weak "+ksymMessage(b)+what, ksymHint(p, b))
		f.Location = p.Plan.Object.Locate(m.Func, m.Insn)
		f.Location.Symbol = symbolOf(p, b.Extern)
		reach := p.Plan.ReachOf(m.Func, m.Insn)
		reportReached(p, f, &reach)
	}
}

// ksymMessage says where the variable was looked for.
func ksymMessage(b *plan.ExternBinding) string {
	name := "ksym " + quoted(b.Name)
	switch {
	case b.NoBTF:
		return name + " not found in {kernel}, which is built without BTF"
	case b.Unknown == "symbols":
		return name + " is looked up in the symbols of {kernel}, which are unknown"
	case b.Unknown == "modules" && !b.Extern.Typeless():
		return name + " not found in vmlinux of {kernel}"
	case b.Extern.Typeless():
		return name + " not found in kallsyms of {kernel}"
	default:
		return name + " not found in BTF of {kernel}"
	}
}

// ksymHint is the way out for a variable that is missing.
func ksymHint(p *analyzer.Pass, b *plan.ExternBinding) string {
	switch {
	case b.LLVMSymbol:
		return "the kernel was built with LTO and has " + quoted(b.Name+".llvm.HASH") + ": declare it __weak, or use a global variable"
	case b.Unknown == "symbols":
		return "give the symbols with symbols=FILE, a copy of /proc/kallsyms"
	case b.Unknown == "modules" && p.Plan.Kernel.Modules != nil:
		return "list the symbols while the modules are loaded, or declare it __weak and test the address before use"
	case b.Unknown != "":
		return giveModules
	case b.Flavored != "":
		return "the kernel has " + quoted(b.Flavored) + ": declare that, no loader strips the suffix of a variable"
	case b.Address == plan.AddressFound:
		return "kallsyms has it: declare it without a type, extern const void " + b.Name + " __ksym"
	case b.Extern.MayBeWeak():
		return "test the address before use"
	default:
		return "declare it __weak and test the address before use"
	}
}

var ksymIncompatible = &analyzer.Rule{
	Name: "ksym-incompatible", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KS-03"},
	Doc: analyzer.Doc{
		Title: "The type of a variable differs from the kernel's",
		Why: "libbpf compares the declared type with the kernel's: their kinds, through pointers and elements; names and the sizes of integers do not count. " +
			"A variable that differs fails the load, also if it is weak, unlike a kfunc.",
		Fix:   "Declare the type that the kernel has.",
		Wrong: "extern const int runqueues __ksym;",
		Right: "extern const struct rq runqueues __ksym;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__resolve_ksym_var_btf_id",
			"libbpf 1.8, relo_core.c, __bpf_core_types_are_compat",
		},
	},
	Run: runKsymIncompatible,
}

func runKsymIncompatible(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternVar || b.Status != plan.ExternIncompatible || b.Scope.Empty() {
			continue
		}
		f := detailed(refused(b, b.Scope, "", "declare it with the kernel's type; __weak does not help"),
			"ksym "+quoted(b.Name)+" has another type in {kernel}", b.Mismatch, "")
		if p.Plan.MayBeAbsent(b) {
			ifLoaded(&f)
		}
		f.Location = useOf(p, b, b.Scope)
		p.Report(f)
	}
	return nil
}

var ksymAmbiguous = &analyzer.Rule{
	Name: "ksym-ambiguous", Severity: analyzer.Error, Needs: analyzer.NeedsSymbols, Since: "0.1.0",
	Concerns: concerns(bpfobj.ExternVar),
	Aliases:  []string{"KS-05"},
	Doc: analyzer.Doc{
		Title: "The kernel has several symbols of a name",
		Why: "Static functions and variables of one name share it in kallsyms. Loaders refuse to choose. " +
			"libbpf reads kallsyms for the whole object if one variable is typeless, and then refuses an ambiguous typed variable too. " +
			"cilium/ebpf refuses a second symbol even at the same address.",
		Fix:   "Use a symbol with a unique name.",
		Wrong: "extern const void fops __ksym;",
		Right: "extern const void bpf_prog_fops __ksym;",
		References: []string{
			"libbpf 1.8, libbpf.c, kallsyms_cb: \"resolution is ambiguous\"",
			"cilium/ebpf v0.22.0, internal/kallsyms/kallsyms.go, assignAddresses",
		},
	},
	Run: runKsymAmbiguous,
}

func runKsymAmbiguous(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternVar || !b.Ambiguous || b.Scope.Empty() {
			continue
		}
		f := analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Scope: b.Scope, Location: useOf(p, b, b.Scope),
			Message: "ksym " + quoted(b.Name) + " is ambiguous: kallsyms of {kernel} has it at " + strconv.Itoa(len(b.Addresses)) + " addresses",
			Hint:    "use a symbol with a unique name",
		}
		if len(b.Addresses) == 1 {
			f.Message = "ksym " + quoted(b.Name) + " is ambiguous: kallsyms of {kernel} has it several times"
		}
		if b.AmbiguousIfLoaded {
			ifLoaded(&f)
		}
		p.Report(f)
	}
	return nil
}

var ksymLeaked = &analyzer.Rule{
	Name: "ksym-weak-typed", Severity: analyzer.Error, Needs: analyzer.NeedsTypes | analyzer.NeedsSymbols, Since: "0.1.0",
	Concerns: concerns(bpfobj.ExternVar),
	Aliases:  []string{"KS-06"},
	Doc: analyzer.Doc{
		Title: "A weak typed variable is in kallsyms and not in BTF",
		Why: "If an object has a typeless variable in `.ksyms`, libbpf reads kallsyms and marks every variable that it finds there as resolved, typed ones as well. " +
			"A weak typed variable that BTF lacks then gets the BTF id 0 in place of the address 0, which the kernel refuses wherever it stands, also behind a test. " +
			"Without any typeless variable the same object loads.",
		Fix:   "Declare all of them typeless, or put them into two objects.",
		Wrong: "extern const void bpf_prog_fops __ksym;\nextern const int jiffies __ksym __weak;",
		Right: "extern const void bpf_prog_fops __ksym;\nextern const void jiffies __ksym __weak;",
		References: []string{
			"libbpf 1.8, libbpf.c, kallsyms_cb, bpf_object__relocate_data",
			"Linux, kernel/bpf/verifier.c, __check_pseudo_btf_id: \"pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC\"",
		},
	},
	Run: runKsymLeaked,
}

func runKsymLeaked(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if !b.Leaked || b.Uses.Empty() {
			continue
		}
		p.Report(analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Scope: b.Uses, Location: useOf(p, b, b.Uses),
			Message: "weak ksym " + quoted(b.Name) + " is in kallsyms of {kernel} and not in BTF: it gets BTF id 0",
			Hint:    "declare it without a type, extern const void " + b.Name + " __ksym __weak",
		})
	}
	return nil
}
