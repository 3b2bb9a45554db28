package rules

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

var attachRules = []*analyzer.Rule{attachTargetMissing, attachTargetUnset, attachTargetAmbiguous, attachSymbolMissing}

var attachTargetMissing = &analyzer.Rule{
	Name:     "attach-target-missing",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"A01", "A12", "A17", "A19", "SEC-05"},
	Doc: analyzer.Doc{
		Title: "The kernel has nothing of that name to attach to",
		Why: "Tracing and LSM programs are loaded for one target, which the loader looks up in the kernel's BTF: the function of `fentry`, `fexit`, " +
			"`fmod_ret` and `fsession`, the typedef `btf_trace_NAME` of `tp_btf`, the function `bpf_lsm_NAME` of `lsm`, the function `bpf_iter_NAME` of `iter` " +
			"(one that takes `struct bpf_iter_meta *`; the kfuncs of open-coded iterators share the prefix). If it is not " +
			"there the program is not loaded: libbpf says \"failed to find kernel BTF type ID\", cilium/ebpf \"not supported\". A function that " +
			"is missing from BTF may exist all the same, inlined or dropped by pahole; it cannot be attached to either way. " +
			"`raw_tp` programs load without their tracepoint and fail when they are attached: a warning. With aya the application names the target, in vmlinux alone, when it calls `load`, and " +
			"the section is a comment: a warning too.",
		Fix: "Give the name that the target kernel has. Where the name changed between kernels write one program for each and switch the others off " +
			"(`SEC(\"?fentry/...\")`). Load the module that has the target first. cilium/ebpf does not read `module:function`.",
		Wrong: "SEC(\"fentry/account_page_dirtied\") /* folio_account_dirtied since 5.15 */",
		Right: "SEC(\"?fentry/account_page_dirtied\") ...\nSEC(\"?fentry/folio_account_dirtied\") ...",
		References: []string{
			"libbpf 1.8, libbpf.c, find_kernel_btf_id",
			"cilium/ebpf v0.22.0, prog.go, findProgramTargetInKernel",
			"aya 0.14.0, aya/src/programs/fentry.rs, load",
			"Linux, kernel/bpf/bpf_iter.c, bpf_iter_prog_supported",
		},
	},
	Run: runTargetMissing,
}

func runTargetMissing(p *analyzer.Pass) error {
	for i := range p.Plan.Programs {
		pp := &p.Plan.Programs[i]
		b := &pp.Target
		if b.Status == plan.AttachFound && (b.AtAttach || !p.Plan.InFile(b.Module)) {
			continue
		}
		f := analyzer.Finding{Severity: analyzer.Error, Stage: plan.StageLoad}
		switch b.Status {
		case plan.AttachNotIterator:
			f.Message = fmt.Sprintf("function %q of %s is no iterator", b.Name, analyzer.KernelPlaceholder)
			f.Hint = "attach to an iterator, such as task or bpf_map; call open-coded iterators in a loop"
		case plan.AttachMissing:
			f.Message = fmt.Sprintf("%s not found in %s", targetWord(b), analyzer.KernelPlaceholder)
			f.Hint = switchOff(p, pp.Program.Name)
			missingTarget(p, pp, &f)
		case plan.AttachFound:
			ifLoaded(&f)
			f.Message = fmt.Sprintf("%s needs %s of %s to be loaded", targetWord(b), moduleList([]string{b.Module}), analyzer.KernelPlaceholder)
			f.Hint = loadModule
		default:
			continue
		}
		byApplication(p, pp, &f)
		if b.AtAttach {
			f.Severity, f.Stage, f.DependsOn = analyzer.Warning, plan.StageAttach, ""
			f.Message += "; it loads, but does not attach"
			f.Hint = "attach it only where the tracepoint exists"
		}
		f.Location, f.Scope = locateProgram(p, pp.Program.Function), only(pp)
		p.Report(f)
	}
	return nil
}

// byApplication makes a finding about a target one that may not hold: the
// application may name another one than the section.
func byApplication(p *analyzer.Pass, pp *plan.ProgramPlan, f *analyzer.Finding) {
	if pp.Target.ByApplication {
		f.Severity, f.DependsOn = analyzer.Warning, "application"
		f.Hint = "the section decides nothing: " + p.Plan.Loader.Words.SetTarget + ", or " + words(p.Plan.Loader.Words.SwitchOff, pp.Program.Name)
	}
}

// targetWord names what was looked up in the words of its author.
func targetWord(b *plan.AttachBinding) string {
	if b.Kind == btfgraph.KindTypedef {
		return fmt.Sprintf("tracepoint %q", strings.TrimPrefix(b.Name, "btf_trace_"))
	}
	if name, ok := strings.CutPrefix(b.Name, "bpf_lsm_"); ok {
		return fmt.Sprintf("LSM hook %q", name)
	}
	if name, ok := strings.CutPrefix(b.Name, "bpf_iter_"); ok {
		return fmt.Sprintf("iterator %q", name)
	}
	return fmt.Sprintf("function %q", b.Name)
}

// missingTarget completes the finding about a target that was not found.
func missingTarget(p *analyzer.Pass, pp *plan.ProgramPlan, f *analyzer.Finding) {
	b := &pp.Target
	switch {
	case strings.Contains(b.Name, ":"):
		f.Hint = "write the name without its module, which is unknown to " + analyzer.LoaderPlaceholder
	case b.Want != "" && !b.ModulesUnknown:
		f.Message = fmt.Sprintf("%s not found in module %q of %s", targetWord(b), b.Want, analyzer.KernelPlaceholder)
	case b.ModulesUnknown:
		f.Severity, f.DependsOn = analyzer.Warning, "modules"
		f.Message = fmt.Sprintf("%s not found in vmlinux of %s", targetWord(b), analyzer.KernelPlaceholder)
		f.Hint = giveModules
	}
}

var attachTargetUnset = &analyzer.Rule{
	Name:     "attach-target-unset",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SEC-04", "SEC-06"},
	Doc: analyzer.Doc{
		Title: "Nothing says what the program attaches to",
		Why: "Tracing, LSM and extension programs are loaded for one target. `SEC(\"fentry\")` without a name and every `SEC(\"freplace/...\")` leave it to " +
			"the application: `bpf_program__set_attach_target` of libbpf, `AttachTo` and `AttachTarget` of cilium/ebpf. Without that " +
			"call the load fails, so the object alone does not say whether it loads. cilium/ebpf v0.22.0 knows the sections `fsession` and " +
			"`lsm_cgroup` and has no lookup for their targets: it loads such programs without one, which the kernel always refuses, an error.",
		Fix: "Set the target before the load, or write it into the section. With cilium/ebpf use `fentry` and `fexit` in place of " +
			"`fsession`.",
		Wrong: "SEC(\"fentry\") int BPF_PROG(entry)",
		Right: "SEC(\"fentry/do_unlinkat\") int BPF_PROG(entry)",
		References: []string{
			"libbpf 1.8, libbpf.c, libbpf_prepare_prog_load, \"no BTF-based attach target is specified\"",
			"Linux, kernel/bpf/verifier.c, check_attach_btf_id, \"Tracing programs must provide btf_id\"",
			"cilium/ebpf v0.22.0, prog.go, findProgramTargetInKernel",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			f := analyzer.Finding{Severity: analyzer.Warning, Stage: plan.StageLoad, DependsOn: "application"}
			switch pp.Target.Status {
			case plan.AttachUnset:
				f.Message = fmt.Sprintf("program %q has no attach target: the application has to set one", pp.Program.Name)
				f.Hint = fmt.Sprintf("write it into the section: %q", strings.TrimSuffix(pp.Program.SectionName, "/")+"/NAME")
				if p.Plan.Loader.Attach.Application {
					f.Hint = p.Plan.Loader.Words.SetTarget
				}
			case plan.AttachProgram:
				f.Message = fmt.Sprintf("program %q attaches to a BPF program that the application has to name", pp.Program.Name)
				f.Hint = p.Plan.Loader.Words.SetTarget
			case plan.AttachIgnored:
				f.Severity, f.DependsOn = analyzer.Error, ""
				f.Message = fmt.Sprintf("program %q gets no attach target from %s: no lookup for %s",
					pp.Program.Name, analyzer.LoaderPlaceholder, pp.AttachType)
				f.Hint = "use fentry and fexit in place of fsession, lsm in place of lsm_cgroup, or another loader"
			default:
				continue
			}
			f.Location, f.Scope = locateProgram(p, pp.Program.Function), only(pp)
			p.Report(f)
		}
		return nil
	},
}

var attachTargetAmbiguous = &analyzer.Rule{
	Name:     "attach-target-ambiguous",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"A04"},
	Doc: analyzer.Doc{
		Title: "The kernel's BTF has several targets of that name",
		Why: "Static functions of several files may share a name, and older versions of pahole write each into BTF (458 names in Debian's 6.1). libbpf takes the " +
			"first, which may not be the one that is meant. cilium/ebpf refuses to choose: \"attaching to ambiguous kernel symbol is " +
			"not supported\".",
		Fix:   "Attach to a caller or callee with a name of its own.",
		Wrong: "SEC(\"fentry/cleanup\")",
		Right: "SEC(\"fentry/cleanup_mnt\")",
		References: []string{
			"cilium/ebpf v0.22.0, prog.go, findProgramTargetInKernel",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if pp.Target.Status != plan.AttachAmbiguous {
				continue
			}
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("%s is ambiguous for %s: BTF of %s has it more than once",
					targetWord(&pp.Target), analyzer.LoaderPlaceholder, analyzer.KernelPlaceholder),
				Hint: "attach to a function with a name of its own",
			}
			if pp.Target.AtAttach {
				continue
			}
			p.Report(f)
		}
		return nil
	},
}

var attachSymbolMissing = &analyzer.Rule{
	Name:     "attach-symbol-missing",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes | analyzer.NeedsSymbols,
	Concerns: concernsTargets,
	Since:    "0.1.0",
	Aliases:  []string{"A02"},
	Doc: analyzer.Doc{
		Title: "The function is in BTF, and the kernel has no symbol for it",
		Why: "Compilers rewrite functions for their callers and give the result another name: `foo.isra.0`, `foo.constprop.0`. pahole writes `foo` into " +
			"BTF all the same (655 functions of Debian's 6.12), so the loader finds the target, and the kernel, which looks for a symbol `foo`, " +
			"does not: \"The address of function foo cannot be found\". The kernel's symbols tell; BTF does not.",
		Fix: "Attach to a function that the compiler left alone: one that is exported, or global and called through a pointer. A kprobe can " +
			"name `foo.isra.0`, but the arguments may be in other registers.",
		Wrong: "SEC(\"fentry/finish_task_switch\") /* finish_task_switch.isra.0 */",
		Right: "SEC(\"tp_btf/sched_switch\")",
		References: []string{
			"Linux, kernel/bpf/verifier.c, bpf_check_attach_target",
			"DepSurf (EuroSys 2025): transformed functions",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if pp.Target.Status != plan.AttachNoSymbol {
				continue
			}
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("function %q has no symbol in %s", pp.Target.Name, analyzer.KernelPlaceholder),
				Hint:    "attach to a function that the compiler did not rewrite",
			}
			if pp.Target.Renamed != "" {
				f.Message += fmt.Sprintf(": the compiler renamed it to %q", pp.Target.Renamed)
			}
			if pp.Target.LTO {
				f.Severity, f.DependsOn = analyzer.Warning, "config"
			}
			byApplication(p, pp, &f)
			p.Report(f)
		}
		return nil
	},
}
