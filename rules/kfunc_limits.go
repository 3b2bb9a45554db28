package rules

import (
	"slices"
	"strconv"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var kfuncLicense = &analyzer.Rule{
	Name: "kfunc-license", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-14", "K08"},
	Doc: analyzer.Doc{
		Title: "A program whose license is not compatible with the GPL calls a kfunc",
		Why: "The kernel refuses every kfunc call of a program whose license is not one of \"GPL\", \"GPL v2\", \"GPL and additional rights\", \"Dual BSD/GPL\", \"Dual MIT/GPL\" and \"Dual MPL/GPL\", " +
			"letter by letter, whether a path reaches the call or not. Calls of weak kfuncs that the kernel lacks do not count: they are no kfunc calls any more.",
		Fix:   "Put the object under a compatible license, or use no kfuncs.",
		Wrong: "char LICENSE[] SEC(\"license\") = \"Apache-2.0\";",
		Right: "char LICENSE[] SEC(\"license\") = \"Dual BSD/GPL\";",
		References: []string{
			"Linux, kernel/bpf/verifier.c, bpf_add_kfunc_call: \"cannot call kernel function from non-GPL compatible program\"",
			"Linux, include/linux/license.h, license_is_gpl_compatible",
		},
	},
	Run: runKfuncLicense,
}

func runKfuncLicense(p *analyzer.Pass) error {
	reportKfuncLicense(p, true)
	reportKfuncLicense(p, false)
	return nil
}

// reportKfuncLicense reports the programs that certainly call a kfunc, or those
// that do if a module is loaded.
func reportKfuncLicense(p *analyzer.Pass, sure bool) {
	var scope plan.Scope
	var first *plan.ProgramPlan
	for i := range p.Plan.Programs {
		pp := &p.Plan.Programs[i]
		if pp.GPL || pp.Kfuncs.First == nil || sure != (pp.Kfuncs.Sure.Different > 0) {
			continue
		}
		if first == nil {
			first = pp
		}
		scope.Programs = append(scope.Programs, pp.Program.Name)
	}
	if first == nil {
		return
	}
	loc := p.Plan.Object.Locate(first.Kfuncs.First.Func, first.Kfuncs.First.Insn)
	loc.Symbol = "section license"
	message := "license " + quoted(clip(first.License)) + " allows no kfunc calls in {kernel}"
	if first.License == "" {
		message = "an object without a license may make no kfunc calls in {kernel}"
	}
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Scope: scope, Location: loc, Message: message, Hint: licenseHint,
	}
	if !sure {
		ifLoaded(&f)
	}
	p.Report(f)
}

// licenseHint is the way out for programs whose license has to be compatible
// with the GPL.
const licenseHint = `declare a license that is compatible with the GPL: char LICENSE[] SEC("license") = "Dual BSD/GPL";`

// maxKfuncs is how many kfuncs, and how many modules' BTFs, one program may
// use (kernel/bpf/verifier.c, MAX_KFUNC_DESCS, MAX_KFUNC_BTFS).
const maxKfuncs = 256

var kfuncLimit = &analyzer.Rule{
	Name: "kfunc-limit", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-08", "KF-09"},
	Doc: analyzer.Doc{
		Title: "A program uses more kfuncs than the kernel admits",
		Why: "The kernel keeps at most 256 different kfuncs and 256 BTFs of modules for one program, its subprograms and code that no path reaches included. " +
			"cilium/ebpf takes a new file descriptor for every call of a module's kfunc, so there the calls count, not the functions.",
		Fix:   "Split the program, or call the kfuncs of a module in one place, a subprogram.",
		Wrong: "kfunc_0(); kfunc_1(); /* ... */ kfunc_256();",
		Right: "kfunc_0(); kfunc_1(); /* ... at most 256 */",
		References: []string{
			"Linux, kernel/bpf/verifier.c, bpf_add_kfunc_call, __find_kfunc_desc_btf",
			"cilium/ebpf v0.22.0, linker.go, handles.add",
		},
	},
	Run: runKfuncLimit,
}

func runKfuncLimit(p *analyzer.Pass) error {
	for i := range p.Plan.Programs {
		pp := &p.Plan.Programs[i]
		message, hint, sure := "", "", false
		switch use := &pp.Kfuncs; {
		case use.Different > maxKfuncs:
			sure = use.Sure.Different > maxKfuncs
			message, hint = strconv.Itoa(use.Different)+" different kfuncs", "split the program"
		case p.Plan.Loader.Externs.FDPerCall && use.OfModules > maxKfuncs:
			sure = use.Sure.OfModules > maxKfuncs
			message = "kfuncs of modules " + strconv.Itoa(use.OfModules) + " times, each with a BTF of its own"
			hint = "call them in one place, a subprogram"
		default:
			continue
		}
		f := analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Hint: hint, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
			Message: "program " + quoted(pp.Program.Name) + " calls " + message + "; {kernel} admits 256",
		}
		if !sure {
			ifLoaded(&f)
		}
		p.Report(f)
	}
	return nil
}

var kfuncAmbiguous = &analyzer.Rule{
	Name: "kfunc-ambiguous", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-17"},
	Doc: analyzer.Doc{
		Title: "The kernel's BTF has several functions of a kfunc's name",
		Why: "BTF of kernels built with an older pahole lists static functions of one name several times (6.1: 458 names). " +
			"cilium/ebpf refuses to choose. libbpf takes the first, whose prototype may be the wrong one.",
		Fix:   "Use another kfunc, or a kernel whose BTF was made by a newer pahole (6.12 has no such names).",
		Wrong: "extern int twice(int a) __ksym;",
		Right: "extern int once(int a) __ksym;",
		References: []string{
			"cilium/ebpf v0.22.0, btf/btf.go, Spec.TypeByName: ErrMultipleMatches",
			"libbpf 1.8, btf.c, btf__find_by_name_kind",
		},
	},
	Run: runKfuncAmbiguous,
}

func runKfuncAmbiguous(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternFunc || len(b.Duplicates) == 0 || b.Scope.Empty() {
			continue
		}
		message := "kfunc " + quoted(b.Name) + " is ambiguous: BTF of {kernel} has " + strconv.Itoa(len(b.Duplicates)+1) + " functions of that name"
		if p.Plan.Loader.DuplicateIsError {
			f := refused(b, b.Scope, message, "call another kfunc: no declaration tells which of them is meant")
			f.Location = useOf(p, b, b.Scope)
			p.Report(f)
			continue
		}
		if b.DuplicatesDiffer {
			p.Report(analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, Message: message, Location: useOf(p, b, b.Scope),
				Hint: "call another kfunc: the first of them counts, and their prototypes differ",
			})
		}
	}
	return nil
}

var kfuncAddress = &analyzer.Rule{
	Name: "kfunc-address", Severity: analyzer.Warning, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-18"},
	Doc: analyzer.Doc{
		Title: "The address of a kfunc is used",
		Why: "cilium/ebpf puts the BTF id of a kfunc where its address is loaded: a number that is not 0 if the kernel has the kfunc, and nothing else. " +
			"For a kfunc of a module it also sets a field of the instruction that must be 0, which the kernel refuses when it checks the instruction. " +
			"libbpf loads an address that can be compared and passed on, never read.",
		Fix:   "Use the address of a kfunc for `bpf_ksym_exists` only.",
		Wrong: "void *p = bpf_foo;\nbpf_map_update_elem(&map, &key, &p, 0);",
		Right: "if (bpf_ksym_exists(bpf_foo))\n\tbpf_foo();",
		References: []string{
			"cilium/ebpf v0.22.0, linker.go, fixupKfuncs",
			"Linux, kernel/bpf/verifier.c, check_ld_imm",
		},
	},
	Run: runKfuncAddress,
}

func runKfuncAddress(p *analyzer.Pass) error {
	if !p.Plan.Loader.Externs.AddressIsID {
		return nil
	}
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternFunc || b.Status != plan.ExternFound {
			continue
		}
		for _, r := range b.Extern.Refs {
			if r.Call || b.Module == "" && slices.Contains(b.Tests, r) {
				continue
			}
			f := analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, Location: p.Plan.Object.Locate(r.Func, r.Insn),
				Message: "address of kfunc " + quoted(b.Name) + " is a BTF id with {loader}",
				Hint:    "use it for bpf_ksym_exists only",
			}
			if b.Module != "" {
				f.Message = "address of kfunc " + quoted(b.Name) + ", of a module, cannot be loaded with {loader}"
				f.Hint = "do not take the address; find out from user space whether the module is loaded"
				f.Scope, f.DependsOn = p.Plan.ScopeOfFunctions(r.Func), "reachability"
			}
			f.Location.Symbol = symbolOf(p, b.Extern)
			p.Report(f)
			break
		}
	}
	return nil
}

var kfuncUnsupported = &analyzer.Rule{
	Name: "kfunc-unsupported", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-15"},
	Doc: analyzer.Doc{
		Title: "The kernel runs no kfunc calls",
		Why: "A loader resolves a kfunc to any function in the kernel's BTF. Kernels before 5.13 have functions there and do not know calls of them: the verifier refuses one that it reaches. " +
			"A kernel without a JIT (CONFIG_BPF_JIT) refuses every program that holds one.",
		Fix:   "Declare the kfunc `__weak`, or use a helper on such kernels; enable CONFIG_BPF_JIT.",
		Wrong: "extern int do_unlinkat(int dfd, struct filename *name) __ksym;",
		Right: "extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym __weak;",
		References: []string{
			"Linux, kernel/bpf/verifier.c, bpf_add_kfunc_call: \"JIT is required for calling kernel function\"",
			"Linux 5.10, kernel/bpf/verifier.c, do_check: \"BPF_CALL uses reserved fields\"",
		},
	},
	Run: runKfuncUnsupported,
}

func runKfuncUnsupported(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternFunc || b.Status != plan.ExternFound || b.Unsupported == "" {
			continue
		}
		message := "kfunc " + quoted(b.Name) + " cannot be called in {kernel}: " + b.Unsupported
		if !b.DeadCodeToo {
			reportCalls(p, b, message, "", "use a helper there: bpf_ksym_exists does not tell, as BTF has the function")
			continue
		}
		scope := plan.Scope{Programs: slices.Concat(b.Certain.Programs, b.Possible.Programs, b.Dead.Programs)}
		if scope.Empty() {
			continue
		}
		f := refused(b, scope, message, "enable CONFIG_BPF_JIT")
		if p.Plan.MayBeAbsent(b) {
			ifLoaded(&f)
		}
		f.Location = useOf(p, b, scope)
		p.Report(f)
	}
	return nil
}
