package rules

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var kfuncRules = []*analyzer.Rule{
	externUndeclared, externNotWeak,
	kfuncMissing, kfuncIncompatible, kfuncNotRegistered, kfuncNoAddress, kfuncInModule,
	kfuncLicense, kfuncLimit, kfuncAmbiguous, kfuncAddress, kfuncUnsupported,
}

var kfuncMissing = &analyzer.Rule{
	Name: "kfunc-missing", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"KF-01", "KF-02", "KF-03", "KF-06", "KF-27", "K01"},
	Doc: analyzer.Doc{
		Title: "A kfunc does not exist in the kernel",
		Why: "The loader looks every kfunc up in the BTF of vmlinux and of the loaded modules. A strong extern that is not found fails the load: " +
			"libbpf then loads no program of the object, even if only a program that is switched off uses it; cilium/ebpf refuses the programs that use it. " +
			"The call of a weak one is replaced by a call that the verifier refuses where it reaches it, so it must stand behind a test: " +
			"`bpf_ksym_exists`, or anything else that the verifier finds to be false on this kernel. A call that is never reached is a note; " +
			"one behind a condition that is not known, such as a variable that user space sets before the load, is a warning that names it.\n\n" +
			"libbpf strips a flavor (`foo___v2`) from the name for the lookup, cilium/ebpf does not.",
		Fix:   "Declare the kfunc `__weak`, test it with `bpf_ksym_exists`, and have a fallback for kernels without it. `bpf_helpers.h` of libbpf 1.2 and later has the macro; with an older one write `if (bpf_foo)`.",
		Wrong: "extern void bpf_foo(void) __ksym;\n\nbpf_foo();",
		Right: "extern void bpf_foo(void) __ksym __weak;\n\nif (bpf_ksym_exists(bpf_foo))\n\tbpf_foo();",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__resolve_ksym_func_btf_id, poison_kfunc_call",
			"cilium/ebpf v0.22.0, linker.go, fixupKfuncs",
			"Linux, tools/testing/selftests/bpf/progs/test_ksyms_weak.c, progs/test_ksyms_module.c",
		},
	},
	Run: runKfuncMissing,
}

func runKfuncMissing(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		e := b.Extern
		if e.Kind != bpfobj.ExternFunc || b.Status != plan.ExternMissing && b.Unknown != "modules" {
			continue
		}
		message := "kfunc " + quoted(e.Name) + " not found in {kernel}"
		switch {
		case b.NoBTF:
			message += ", which is built without BTF"
		case b.Flavored != "":
			message += ", only " + quoted(b.Flavored)
		case b.Unknown != "":
			message = "kfunc " + quoted(e.Name) + " not found in vmlinux of {kernel}"
		}
		if !e.MayBeWeak() || b.NoBTF && p.Plan.Loader.Externs.WeakNeedsBTF {
			if !b.Scope.Empty() {
				f := refused(b, b.Scope, message, absentHint(p, b))
				f.Location = useOf(p, b, b.Scope)
				p.Report(f)
			}
			continue
		}
		reportCalls(p, b, message, "", absentHint(p, b))
		if len(b.Certain.Programs)+len(b.Possible.Programs)+len(b.Dead.Programs) == 0 && len(e.Refs) > 0 && b.Unknown == "" {
			p.Report(analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageLoad, Message: message + "; its address is 0",
				Hint: absentHint(p, b), Location: useOf(p, b, b.Scope),
			})
		}
	}
	return nil
}

// absentHint is the way out for a kfunc that is missing.
func absentHint(p *analyzer.Pass, b *plan.ExternBinding) string {
	switch {
	case b.Flavored != "":
		return "declare " + quoted(b.Flavored) + " without the suffix, which is not stripped by {loader}"
	case b.Unknown == "modules":
		return giveModules
	case b.Twin != "":
		return "the kernel has " + quoted(b.Twin) + ": declare both __weak and call the one for which bpf_ksym_exists is true"
	case !b.Extern.MayBeWeak() && p.Plan.Loader.ObjectWideExterns && !p.Plan.Hits(b.Uses, ""):
		return "declare it __weak: strong externs are resolved even if no program that is loaded by default uses them"
	case !b.Extern.MayBeWeak():
		return "declare it __weak and call it only if bpf_ksym_exists(" + b.Name + ")"
	default:
		return "call it only if bpf_ksym_exists(" + b.Name + ")"
	}
}

var kfuncIncompatible = &analyzer.Rule{
	Name: "kfunc-incompatible", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"KF-04", "KF-05", "KF-25", "K02"},
	Doc: analyzer.Doc{
		Title: "The prototype of a kfunc differs from the kernel's",
		Why: "The loader compares the declared prototype with the kernel's: the number of arguments, and their kinds through pointers; names and the sizes of integers do not count. " +
			"A declaration that is only forward differs from a struct, `void *` from `struct x *`. " +
			"A strong kfunc that differs fails the load. A weak one counts as missing for libbpf, silently; cilium/ebpf refuses the program.\n\n" +
			"Kfuncs with implicit arguments are a common cause. Recent kernels (7.2) have such a function in BTF without the argument that the verifier passes, and as `NAME_impl` with it. " +
			"Kernels whose BTF has no `bpf_kfunc` tags keep the argument in the prototype.",
		Fix:   "Declare the prototype that the kernel has. For several kernels declare one flavor for each prototype (`foo___v1`, `foo___v2`), all `__weak`, and call the one that exists.",
		Wrong: "struct task;\nextern void bpf_foo(struct task *t) __ksym;     /* forward declaration */",
		Right: "struct task_struct { int pid; };\nextern void bpf_foo(struct task_struct *t) __ksym;",
		References: []string{
			"libbpf 1.8, relo_core.c, __bpf_core_types_are_compat",
			"cilium/ebpf v0.22.0, linker.go, fixupKfuncs; btf/core.go, CheckTypeCompatibility",
			"Linux, kernel/bpf/verifier.c, find_kfunc_impl_proto; tools/testing/selftests/bpf/progs/kfunc_implicit_args.c",
		},
	},
	Run: runKfuncIncompatible,
}

func runKfuncIncompatible(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		e := b.Extern
		if e.Kind != bpfobj.ExternFunc || b.Status != plan.ExternIncompatible {
			continue
		}
		if p.Plan.Loader.DuplicateIsError && len(b.Duplicates) > 0 {
			continue // kfunc-ambiguous: none is compared
		}
		message, hint := "kfunc "+quoted(e.Name)+" differs in {kernel}", prototypeHint(b)
		if !e.MayBeWeak() || !p.Plan.Loader.WeakIncompatibleKfuncAbsent {
			if !b.Scope.Empty() {
				f := detailed(refused(b, b.Scope, "", hint), message, b.Mismatch, "")
				if p.Plan.MayBeAbsent(b) {
					ifLoaded(&f)
				}
				f.Location = useOf(p, b, b.Scope)
				p.Report(f)
			}
			continue
		}
		hint = "being weak it counts as missing with {loader}; " + hint
		reportCalls(p, b, message, b.Mismatch, hint)
		if len(b.Certain.Programs)+len(b.Possible.Programs)+len(b.Dead.Programs) == 0 && len(e.Refs) > 0 {
			p.Report(detailed(analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, Hint: hint, Location: useOf(p, b, b.Scope),
			}, message, b.Mismatch, ""))
		}
	}
	return nil
}

// fits reports whether another declaration of the kfunc is the kernel's: flavors
// are declared so that one of them is.
func fits(p *analyzer.Pass, b *plan.ExternBinding) bool {
	return slices.ContainsFunc(p.Plan.Externs, func(other plan.ExternBinding) bool {
		return other.Status == plan.ExternFound && other.Extern.Kind == bpfobj.ExternFunc && other.Name == b.Name
	})
}

// prototypeHint is the way out for a kfunc whose prototype differs.
func prototypeHint(b *plan.ExternBinding) string {
	switch b.Cause {
	case plan.MismatchImplicitDeclared:
		return "the kernel passes the last argument itself: declare the function without it"
	case plan.MismatchImplicitKept:
		return "this kernel's BTF keeps the implicit last argument: declare a __weak flavor, such as " + b.Name + "___full, that has it"
	case plan.MismatchForward:
		return "define the struct; a forward declaration does not match"
	default:
		return "declare it as the kernel has it, or one __weak flavor (" + b.Name + "___v2) for each prototype"
	}
}

var kfuncNotRegistered = &analyzer.Rule{
	Name: "kfunc-not-registered", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-10", "K03", "K06"},
	Doc: analyzer.Doc{
		Title: "A kernel function that is no kfunc is called like one",
		Why: "Loaders accept every function that is in the kernel's BTF. The verifier lets a program call only those that are registered as kfuncs, and refuses a call that it reaches. " +
			"Kernels built with a recent pahole tag kfuncs in BTF (`bpf_kfunc`); a function without the tag is no kfunc there. A kernel without any tag proves nothing.\n\n" +
			"The `_impl` functions that recent kernels (7.2) have beside kfuncs with implicit arguments are not registered, unlike older functions of such names.",
		Fix:   "Call a kfunc. Where the kernel has `foo` beside `foo_impl`, call `foo`.",
		Wrong: "extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, void *cb, __u32 flags, void *aux) __ksym;",
		Right: "extern int bpf_wq_set_callback(struct bpf_wq *wq, void *cb, __u32 flags) __ksym __weak;",
		References: []string{
			"Linux, kernel/bpf/verifier.c, check_kfunc_call: \"calling kernel function %s is not allowed\"",
			"dwarves btf_encoder.c, btf_encoder__tag_kfuncs",
		},
	},
	Run: runKfuncNotRegistered,
}

func runKfuncNotRegistered(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternFunc || b.Status != plan.ExternFound || b.Tag != plan.TagNone || b.Address == plan.AddressMissing {
			continue
		}
		reportCalls(p, b, "function "+quoted(b.Name)+" is no kfunc in {kernel}", "", twinHint(b, "only functions registered as kfuncs can be called"))
	}
	return nil
}

// twinHint is the way out for a function that cannot be called: its twin, if
// the kernel has one for programs, else another.
func twinHint(b *plan.ExternBinding, other string) string {
	if b.Twin != "" && !strings.HasSuffix(b.Twin, "_impl") {
		return "call " + quoted(b.Twin) + ", to which the verifier passes the implicit arguments"
	}
	return other
}

var kfuncNoAddress = &analyzer.Rule{
	Name: "kfunc-no-address", Severity: analyzer.Error, Needs: analyzer.NeedsTypes | analyzer.NeedsSymbols, Since: "0.1.0",
	Concerns: concerns(bpfobj.ExternFunc),
	Aliases:  []string{"KF-16"},
	Doc: analyzer.Doc{
		Title: "A function is in the kernel's BTF and has no address",
		Why: "BTF lists functions that the compiler inlined or cloned (`foo.isra.0`) and declarations that no code stands behind. " +
			"The kernel looks the name up among its symbols for every call, reached or not, and refuses the program if there is none. No loader notices.",
		Fix:   "Call a kfunc that the kernel has symbols for. Recent kernels (7.2) want kfuncs with implicit arguments to be called by the name without `_impl`.",
		Wrong: "extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, void *cb, __u32 flags, void *aux) __ksym;",
		Right: "extern int bpf_wq_set_callback(struct bpf_wq *wq, void *cb, __u32 flags) __ksym __weak;",
		References: []string{
			"Linux, kernel/bpf/verifier.c, bpf_add_kfunc_call: \"cannot find address for kernel function %s\"",
			"Linux, kernel/bpf/verifier.c, __check_pseudo_btf_id",
		},
	},
	Run: runKfuncNoAddress,
}

func runKfuncNoAddress(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternFunc || b.Status != plan.ExternFound || b.Address != plan.AddressMissing || b.Unsupported != "" {
			continue
		}
		if b.Addressed.Empty() {
			continue
		}
		f := refused(b, b.Addressed, "kfunc "+quoted(b.Name)+" has no address in {kernel}: BTF lists it, kallsyms does not",
			twinHint(b, "call another kfunc: the compiler left no symbol for this one"))
		f.Location = useOf(p, b, b.Addressed)
		p.Report(f)
	}
	return nil
}

var kfuncInModule = &analyzer.Rule{
	Name: "kfunc-in-module", Severity: analyzer.Warning, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-07", "K09"},
	Doc: analyzer.Doc{
		Title: "A kfunc exists only while a module is loaded",
		Why: "The kfunc is in the BTF of a module. It is found if the module is loaded when the object is; otherwise a strong extern fails the load and a weak one is missing. " +
			"The program holds the module while it is loaded. The modules of the running kernel are loaded; those of a directory may not be.",
		Fix:   "Load the module before the object, or declare the kfunc `__weak` and test it with `bpf_ksym_exists`.",
		Wrong: "extern struct nf_conn *bpf_ct_lookup(__u32 zone) __ksym;",
		Right: "extern struct nf_conn *bpf_ct_lookup(__u32 zone) __ksym __weak;",
		References: []string{
			"libbpf 1.8, libbpf.c, find_ksym_btf_id, load_module_btfs",
			"cilium/ebpf v0.22.0, prog.go, findTargetInModule",
			"Linux, tools/testing/selftests/bpf/progs/kfunc_module_order.c",
		},
	},
	Run: runKfuncInModule,
}

func runKfuncInModule(p *analyzer.Pass) error {
	reportModules(p, bpfobj.ExternFunc)
	return nil
}

// reportModules reports externs of a kind that only modules define, which may
// not be loaded.
func reportModules(p *analyzer.Pass, kind bpfobj.ExternKind) {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		e := b.Extern
		if e.Kind != kind || b.Status != plan.ExternFound || len(b.Modules) == 0 || p.Plan.Kernel.Running || len(e.Refs) == 0 {
			continue
		}
		severity, hint := analyzer.Warning, "load the module first, or declare it __weak and test it with bpf_ksym_exists"
		if len(b.Tests) > 0 {
			severity, hint = analyzer.Note, "load the module first if the program shall use it"
		}
		f := analyzer.Finding{
			Severity: severity, Stage: plan.StageLoad, Hint: hint, Location: useOf(p, b, b.Scope),
			Message: p.Plan.ExternNoun(e) + " " + quoted(b.Name) + " needs " + moduleList(b.Modules) + " of {kernel} to be loaded",
		}
		if !e.MayBeWeak() && !b.Scope.Empty() {
			f.Scope = b.Scope
			ifLoaded(&f)
		}
		p.Report(f)
	}
}
