package rules

import (
	"slices"
	"strconv"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// gplLicenses are the texts that the kernel takes for compatible with the GPL
// (include/linux/license.h, license_is_gpl_compatible).
var gplLicenses = [...]string{"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}

// isGPL tells that a license is compatible with the GPL.
func isGPL(license string) bool { return slices.Contains(gplLicenses[:], license) }

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
	found := foundKfuncs(p)
	if len(found) == 0 {
		return nil
	}
	var scope plan.Scope
	license, at := "", bpfobj.ExternRef{}
	for _, prog := range p.Plan.Object.Programs {
		text := p.Plan.Object.License
		if prog.Explicit != nil {
			text = prog.Explicit.License
		}
		if isGPL(text) {
			continue
		}
		calls := kfuncCalls(prog, found)
		if len(calls) == 0 {
			continue
		}
		if at.Func == nil {
			license, at = text, calls[0]
		}
		scope.Programs = append(scope.Programs, prog.Name)
	}
	if at.Func == nil {
		return nil
	}
	loc := p.Plan.Object.Locate(at.Func, at.Insn)
	loc.Symbol = "license"
	message := "license " + quoted(license) + " allows no kfunc calls in {kernel}"
	if license == "" {
		message = "an object without a license may make no kfunc calls in {kernel}"
	}
	p.Report(analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Scope: scope, Location: loc, Message: message,
		Hint: `the kernel wants a license compatible with the GPL, such as "GPL" or "Dual BSD/GPL"`,
	})
	return nil
}

// foundKfuncs are the kfuncs whose calls the kernel gets to see.
func foundKfuncs(p *analyzer.Pass) map[*bpfobj.Extern]*plan.ExternBinding {
	found := make(map[*bpfobj.Extern]*plan.ExternBinding)
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind == bpfobj.ExternFunc && b.Status == plan.ExternFound && (b.Unsupported == "" || b.DeadCodeToo) {
			found[b.Extern] = b
		}
	}
	return found
}

// kfuncCalls are the calls of found kfuncs that a program links, in the order
// of its functions.
func kfuncCalls(prog *bpfobj.Program, found map[*bpfobj.Extern]*plan.ExternBinding) []bpfobj.ExternRef {
	var calls []bpfobj.ExternRef
	for _, f := range prog.Reachable() {
		for _, r := range f.Refs {
			if r.Kind == bpfobj.RefExtern && found[r.Extern] != nil && f.Insns[r.Insn].IsCall() {
				calls = append(calls, bpfobj.ExternRef{Func: f, Insn: r.Insn, Call: true})
			}
		}
	}
	return calls
}

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
	found := foundKfuncs(p)
	if len(found) == 0 {
		return nil
	}
	for _, prog := range p.Plan.Object.Programs {
		calls := kfuncCalls(prog, found)
		if len(calls) <= maxKfuncs {
			continue
		}
		different, module := make(map[*bpfobj.Extern]bool), 0
		for _, c := range calls {
			e := externAt(c)
			different[e] = true
			if found[e].Module != "" {
				module++
			}
		}
		message, hint := "", "split the program"
		switch {
		case len(different) > maxKfuncs:
			message = strconv.Itoa(len(different)) + " different kfuncs"
		case p.Plan.Loader.Externs.FDPerCall && module > maxKfuncs:
			message = strconv.Itoa(module) + " calls of modules' kfuncs, each of which takes a BTF with {loader}"
			hint = "call them in one place, a subprogram"
		default:
			continue
		}
		loc := p.Plan.Object.LocateFunction(prog.Function)
		loc.Symbol = "program " + prog.Name
		p.Report(analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Hint: hint, Location: loc,
			Scope:   plan.Scope{Programs: []string{prog.Name}},
			Message: "program " + quoted(prog.Name) + " holds " + message + "; {kernel} admits 256",
		})
	}
	return nil
}

// externAt is the extern that an instruction refers to.
func externAt(r bpfobj.ExternRef) *bpfobj.Extern {
	for _, ref := range r.Func.Refs {
		if ref.Insn == r.Insn {
			return ref.Extern
		}
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
		if b.Extern.Kind != bpfobj.ExternFunc || len(b.Duplicates) == 0 || empty(b.Scope) {
			continue
		}
		message := "kfunc " + quoted(b.Name) + " is ambiguous: BTF of {kernel} has " + strconv.Itoa(len(b.Duplicates)+1) + " functions of that name"
		if p.Plan.Loader.DuplicateIsError {
			f := refused(b, b.Scope, message, "no declaration helps; {loader} refuses to choose")
			f.Location = useOf(p, b, b.Scope)
			p.Report(f)
			continue
		}
		for _, id := range b.Duplicates {
			if other := p.Plan.Loader.TypesCompatible(p.Plan.Object.Types, b.Extern.Type, b.Graph, b.Graph.Ref(id)); (other == "") != (b.Mismatch == "") {
				p.Report(analyzer.Finding{
					Severity: analyzer.Warning, Stage: plan.StageLoad, Message: message, Location: useOf(p, b, b.Scope),
					Hint: "{loader} takes the first, and their prototypes differ",
				})
				break
			}
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
			if r.Call || b.Module == "" && plan.TestsZero(r.Func, r.Insn) {
				continue
			}
			f := analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, Location: p.Plan.Object.Locate(r.Func, r.Insn),
				Message: "the address of kfunc " + quoted(b.Name) + " is its BTF id with {loader}",
				Hint:    "use it for bpf_ksym_exists only",
			}
			if b.Module != "" {
				f.Message = "kfunc " + quoted(b.Name) + " of a module: {loader} makes the load of its address invalid"
				f.Hint = "do not take the address; find out from user space whether the module is loaded"
				f.Scope, f.DependsOn = p.Plan.ScopeOfFunctions(r.Func), "reachability"
			}
			f.Location.Symbol = symbolOf(b.Extern)
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
		message := "{kernel} runs no kfunc calls, such as of " + quoted(b.Name) + ": " + b.Unsupported
		if !b.DeadCodeToo {
			reportCalls(p, b, message, "use a helper, or a fallback for this kernel")
			continue
		}
		scope := plan.Scope{Programs: append(append([]string{}, b.Certain.Programs...), b.Possible.Programs...)}
		if empty(scope) {
			continue
		}
		f := refused(b, scope, message, "enable CONFIG_BPF_JIT")
		f.Location = useOf(p, b, scope)
		p.Report(f)
	}
	return nil
}
