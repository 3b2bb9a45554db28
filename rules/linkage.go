package rules

import (
	"cmp"
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

var linkageRules = []*analyzer.Rule{
	globalFuncPrototype, argTagIgnored, callbackGlobal, callbackUnsupported, externFuncLinkage, structOpsGlobalEntry,
}

var globalFuncPrototype = &analyzer.Rule{
	Name:     "global-func-prototype",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"G01", "G02", "G03", "G04", "G05", "G06", "G07", "G09", "G10", "BTF-07"},
	Doc: analyzer.Doc{
		Title: "The kernel cannot verify a global function with this prototype",
		Why: "A function that is not static is verified once, on its own, for any arguments that its prototype allows. So the prototype has to say what they are: " +
			"integers, the program's context, or pointers to memory whose size follows from the type. `void *`, a struct that the object only " +
			"declares, a struct by value, more than five parameters, a return type that is no integer: \"Arg#0 reference type ('FWD S') size cannot be determined\", " +
			"\"Global function foo() doesn't return scalar\". Kernels before 5.12 take no pointer but the context; void functions are accepted from 7.1 on. " +
			"Kernels since 6.8 (those whose `struct bpf_func_info_aux` has a member `called`) verify a global function only if a path calls it, earlier ones " +
			"always. Parameters with `__arg_ctx`, `__arg_trusted` and the like need a kernel that knows the tag (`enum btf_arg_tag`); earlier kernels " +
			"judge the type without it, but libbpf gives a `void *` with `__arg_ctx` the type of the context there. Tags exclude each other, except " +
			"`__arg_trusted` and `__arg_nullable`; `__arg_trusted` wants a struct of the kernel, `__arg_ctx` the context of the program or `void *`.",
		Fix: "Make the function `static` (or `__hidden` with libbpf, which then treats it as static), return an int, or give the parameter a type of known " +
			"size or a tag.",
		Wrong: "__noinline int parse(void *data) { ... }",
		Right: "static __noinline int parse(void *data) { ... }",
		References: []string{
			"Linux, kernel/bpf/btf.c, btf_prepare_func_args",
			"Linux, kernel/bpf/verifier.c, do_check_subprogs",
			"Linux, tools/testing/selftests/bpf/progs/test_global_func*.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Functions {
			fp := &p.Plan.Functions[i]
			for k := range fp.Problems {
				reportPrototype(p, fp, &fp.Problems[k])
			}
		}
		return nil
	},
}

func reportPrototype(p *analyzer.Pass, fp *plan.FunctionPlan, problem *plan.FunctionProblem) {
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateFunc(p, fp.Func),
	}
	what := fmt.Sprintf("global function %q is refused in %s", fp.Func.Name, analyzer.KernelPlaceholder)
	detail := problem.Detail
	switch problem.Param {
	case plan.ParamReturn:
		f.Hint = "make the function static, or have it return an int"
	case plan.ParamCount:
		f.Hint = "make the function static, or pass a pointer to a struct"
	default:
		detail = fmt.Sprintf("parameter %q %s", problem.Name, detail)
		f.Hint = fmt.Sprintf("make the function static, or change the type %q", problem.Type)
	}
	f = detailed(f, what, detail, "")
	if !problem.Sure {
		f.Severity, f.DependsOn = analyzer.Warning, cmp.Or(problem.DependsOn, "version")
	}
	reportReachedAs(p, f, &plan.Reach{
		Certain: problem.Verified, Possible: problem.MayVerify, Dead: problem.Uncalled,
		Guard: problem.Guard, Depends: problem.Depends,
	}, "")
}

var argTagIgnored = &analyzer.Rule{
	Name:     "arg-tag-ignored",
	Severity: analyzer.Note,
	Since:    "0.1.0",
	Aliases:  []string{"G08"},
	Doc: analyzer.Doc{
		Title: "Tags on the parameters of a static function have no effect",
		Why: "`__arg_ctx`, `__arg_trusted`, `__arg_nonnull` and the like tell the kernel what a global function may be called with, because it is verified " +
			"alone. A static function is verified where it is called, with the arguments that it gets there: the kernel does not act on its tags. " +
			"That includes functions that are `__hidden`, which libbpf makes static.",
		Fix:   "Drop the tags, or make the function global.",
		Wrong: "static __noinline int next(struct task_struct *task __arg_trusted)",
		Right: "__noinline int next(struct task_struct *task __arg_trusted)",
		References: []string{
			"Linux, kernel/bpf/btf.c, btf_prepare_func_args, \"type tag is not supported in static functions\"",
			"Linux, kernel/bpf/verifier.c, btf_check_subprog_call",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Functions {
			fp := &p.Plan.Functions[i]
			if len(fp.IgnoredTags) == 0 {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateFunc(p, fp.Func),
				Message: fmt.Sprintf("tag %q of static function %q is ignored", fp.IgnoredTags[0], fp.Func.Name),
				Hint:    "drop the tags of its parameters, or make the function global",
			})
		}
		return nil
	},
}

var callbackGlobal = &analyzer.Rule{
	Name:     "callback-global",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"G11", "G12"},
	Doc: analyzer.Doc{
		Title: "A callback is not a static function",
		Why: "The function that is handed to `bpf_loop`, `bpf_for_each_map_elem`, `bpf_timer_set_callback` and the like has to have static linkage in the BTF that " +
			"the kernel gets: \"callback function not static\". libbpf makes hidden functions static; cilium/ebpf and aya do not, so `__hidden` is not enough there. " +
			"The verifier asks when a path takes the address, so the finding is a warning where a branch stands before.",
		Fix:   "Make the callback `static`.",
		Wrong: "int each(__u32 i, void *ctx) { return 0; }\n... bpf_loop(10, each, NULL, 0);",
		Right: "static int each(__u32 i, void *ctx) { return 0; }\n... bpf_loop(10, each, NULL, 0);",
		References: []string{
			"Linux, kernel/bpf/verifier.c, check_ld_imm, \"callback function not static\"",
			"libbpf 1.8, libbpf.c, bpf_object__add_programs, mark_btf_static",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Functions {
			fp := &p.Plan.Functions[i]
			if fp.Linkage != btfgraph.LinkageGlobal {
				continue
			}
			for _, use := range fp.Callbacks {
				if !use.Unsupported {
					reportCallback(p, fp, &use)
				}
			}
		}
		return nil
	},
}

func reportCallback(p *analyzer.Pass, fp *plan.FunctionPlan, use *plan.CallbackUse) {
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Location: p.Plan.Object.Locate(use.Func, use.Insn),
		Message: fmt.Sprintf("callback %q is a global function, the kernel takes static ones only", fp.Func.Name),
		Hint:    "make it static",
	}
	f.Location.Symbol = "func " + fp.Func.Name
	reach := p.Plan.ReachOf(use.Func, use.Insn)
	reportReached(p, f, &reach)
}

var callbackUnsupported = &analyzer.Rule{
	Name:     "callback-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"E09"},
	Doc: analyzer.Doc{
		Title: "The kernel knows no callbacks",
		Why: "The address of a function in a program is a `ld_imm64` with the source register `BPF_PSEUDO_FUNC`, which came with `bpf_for_each_map_elem` in 5.13. An " +
			"earlier kernel, whose `enum bpf_func_id` has no `BPF_FUNC_for_each_map_elem`, does not take the callback for a function of its own: \"number of funcs in func_info " +
			"doesn't match number of subprogs\". It looks at every instruction, also at those that no path reaches.",
		Fix:   "Keep code with callbacks in programs that are not loaded on such kernels; write the loop out there.",
		Wrong: "bpf_for_each_map_elem(&map, each, NULL, 0);",
		Right: "/* in a program of its own: SEC(\"?tc\") */",
		References: []string{
			"Linux, kernel/bpf/verifier.c, check_btf_func and resolve_pseudo_ldimm64",
			"Linux commit 69c087ba6225 (bpf: Add bpf_for_each_map_elem() helper)",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Functions {
			fp := &p.Plan.Functions[i]
			for _, use := range fp.Callbacks {
				if !use.Unsupported {
					continue
				}
				loc := p.Plan.Object.Locate(use.Func, use.Insn)
				loc.Symbol = "func " + fp.Func.Name
				p.Report(analyzer.Finding{
					Severity: analyzer.Error, Stage: plan.StageLoad, Location: loc, Scope: p.Plan.ScopeOfFunctions(use.Func),
					Message: fmt.Sprintf("callback %q: functions have no addresses in %s", fp.Func.Name, analyzer.KernelPlaceholder),
					Hint:    "switch off the programs that use it there; write the loop out, or put it into a program of its own",
				})
			}
		}
		return nil
	},
}

var externFuncLinkage = &analyzer.Rule{
	Name:     "extern-func-linkage",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"B01", "KF-24"},
	Doc: analyzer.Doc{
		Title: "BTF holds an extern function that is no kfunc",
		Why: "The kernel refuses BTF with a FUNC of extern linkage: \"Invalid func linkage\". libbpf makes the functions of the DATASEC `.ksyms` global before it hands " +
			"the object's BTF over, and leaves others as they are: the prototype of a function that was declared, used, and optimised away, or left behind by a linker. " +
			"An object with struct_ops maps is then not loaded at all; any other is loaded without its BTF, so that callbacks, `bpf_spin_lock`, timers and kptrs do not " +
			"work and global functions are taken for static ones. cilium/ebpf hands over only the types of functions that exist. aya is like libbpf, and cannot load CO-RE, tracing programs and typed maps then.",
		Fix:   "Declare kfuncs with `__ksym`, and drop declarations that nothing needs.",
		Wrong: "extern int bpf_foo(void);",
		Right: "extern int bpf_foo(void) __ksym;",
		References: []string{
			"Linux, kernel/bpf/btf.c, btf_func_check_meta",
			"libbpf 1.8, libbpf.c, bpf_object__collect_externs and bpf_object__sanitize_and_load_btf",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, id := range p.Plan.StrayExterns() {
			name := p.Plan.Object.Types.Name(id)
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
				Location: bpfobj.Location{Object: p.Plan.Object.Name, Section: ".BTF", Insn: -1, Symbol: "func " + name},
				Message:  fmt.Sprintf("function %q is extern in BTF and not in .ksyms: BTF is refused", name),
				Hint:     "declare it __ksym, or not at all",
			}
			if !p.Plan.NeedsBTF() {
				f.Severity, f.Scope = analyzer.Warning, plan.Scope{}
				f.Message += "; loaded without BTF"
			}
			p.Report(f)
		}
		return nil
	},
}

var structOpsGlobalEntry = &analyzer.Rule{
	Name:     "struct-ops-global-entry",
	Severity: analyzer.Note,
	Since:    "0.1.0",
	Aliases:  []string{"SO-49"},
	Doc: analyzer.Doc{
		Title: "A struct_ops program is a global function and calls global functions",
		Why: "Programs are global functions in BTF, and that is harmless: the kernel tries to verify function 0 like any global function, and on failure only marks its " +
			"types as unreliable. It is another matter for the functions that the program calls. What is not inlined and not static is verified alone, with " +
			"arguments that nobody vouches for: a `struct sock *` that came from the kernel is plain memory there, and kfuncs that want a trusted pointer refuse it. In C " +
			"`static` is enough; Rust and other languages make everything global, and their objects need the linkage in BTF rewritten for such functions, not for " +
			"the programs.",
		Fix:   "Make the callees static, or give the parameters tags (`__arg_trusted`).",
		Wrong: "__noinline __u32 next(struct sock *sk) { ... }\nSEC(\"struct_ops\") __u32 ssthresh(...) { return next(sk); }",
		Right: "static __noinline __u32 next(struct sock *sk) { ... }",
		References: []string{
			"Linux, kernel/bpf/verifier.c, do_check_common",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_refcounted_fail__global_subprog.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, sp := range p.Plan.StructOpsPrograms {
			prog := p.Plan.Programs[sp.Program].Program
			if sp.GlobalCallee == nil || prog.Linkage(p.Plan.Object.Types) != btfgraph.LinkageGlobal {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateProgram(p, prog.Function),
				Message: fmt.Sprintf("program %q may be global, but its callee %q is verified alone", prog.Name, sp.GlobalCallee.Name),
				Hint:    "make the callee static",
				Related: []analyzer.Related{{Message: "the callee", Location: locateFunc(p, sp.GlobalCallee)}},
			})
		}
		return nil
	},
}
