package rules

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

var flagRules = []*analyzer.Rule{programFlags, exceptionCallback, btfRefused}

var programFlags = &analyzer.Rule{
	Name:     "program-flags",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SEC-08", "A07", "A08"},
	Doc: analyzer.Doc{
		Title: "The kernel does not take the program with these flags there",
		Why: "`.s` in the name of a section makes a program sleepable, `xdp.frags` lets it see packets in fragments. Which types of programs may sleep grew over " +
			"time: fentry, fexit, fmod_ret and LSM first, uprobes in 6.0, tracepoints in 7.x; and a sleepable fentry program may attach only to functions that " +
			"are open to error injection. A kernel built without `CONFIG_FUNCTION_ERROR_INJECTION`, as Debian's, has none: `fentry.s/__x64_sys_getpgid` is " +
			"refused (\"is not sleepable\") up to 6.18 at least, and fmod_ret is left with the LSM hooks `security_*`. Kernels that know fragments have a member " +
			"`xdp_has_frags` in `struct bpf_prog_aux`. The finding is made only where the kernel's own types and configuration prove it.",
		Fix:   "Drop the `.s`, or use a section whose programs may sleep on that kernel (`lsm.s`, `uprobe.s`, `syscall`); `xdp` in place of `xdp.frags`.",
		Wrong: "SEC(\"fentry.s/__x64_sys_getpgid\")",
		Right: "SEC(\"fentry/__x64_sys_getpgid\")",
		References: []string{
			"Linux, kernel/bpf/verifier.c, can_be_sleepable, check_non_sleepable_error_inject and check_attach_modify_return",
			"Linux, include/linux/error-injection.h, within_error_injection_list",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if pp.FlagProblem == "" {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("program %q: %s in %s", pp.Program.Name, pp.FlagProblem, analyzer.KernelPlaceholder),
				Hint:    flagHint(pp),
			})
		}
		return nil
	},
}

// flagHint is the way out for a program whose flags the kernel refuses.
func flagHint(pp *plan.ProgramPlan) string {
	section := pp.Program.SectionName
	switch pp.FlagFault {
	case plan.FlagFaultFrags:
		return fmt.Sprintf("use SEC(%q) there", strings.Replace(section, ".frags", "", 1))
	case plan.FlagFaultModify:
		return "watch the function with fexit; fmod_ret is left with LSM hooks, security_*"
	}
	kind, target, found := strings.Cut(section, ".s/")
	if found {
		return fmt.Sprintf("use SEC(%q), without helpers that may sleep", kind+"/"+target)
	}
	return fmt.Sprintf("use SEC(%q), without helpers that may sleep", strings.TrimSuffix(section, ".s"))
}

var exceptionCallback = &analyzer.Rule{
	Name:     "exception-callback",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"BTF-08", "G13"},
	Doc: analyzer.Doc{
		Title: "The callback for exceptions cannot be linked",
		Why: "A program that calls `bpf_throw` may name a function to run then, with a tag `exception_callback:NAME` (`__exception_cb(NAME)`). libbpf links the function into " +
			"the program if it is a global function of `.text` that is not hidden, one per program; otherwise the load fails. A kernel without exceptions " +
			"(before 6.7, without the kfunc `bpf_throw` in BTF) finds a function that nobody calls: \"number of funcs in func_info doesn't match number of subprogs\". " +
			"cilium/ebpf v0.22.0 links only what the program calls, and the kernel then misses the callback: \"exception callback could not be found in BTF\".",
		Fix:   "Make the callback a global function without `SEC()`, and load the program with libbpf on kernels that have `bpf_throw`.",
		Wrong: "static int on_throw(__u64 cookie) { return 0; }\nSEC(\"tc\") __exception_cb(on_throw) int prog(...)",
		Right: "__noinline int on_throw(__u64 cookie) { return 0; }\nSEC(\"tc\") __exception_cb(on_throw) int prog(...)",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_prog_assign_exc_cb",
			"Linux, kernel/bpf/btf.c, btf_find_decl_tag_value; kernel/bpf/verifier.c, bpf_find_exception_callback_insn_off",
			"Linux, tools/testing/selftests/bpf/progs/exceptions_fail.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, cb := range p.Plan.ExceptionCallbacks {
			if cb.Problem == "" {
				continue
			}
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: cb.Scope,
				Location: locateProgram(p, p.Plan.Object.Program(cb.Program).Function),
				Message:  fmt.Sprintf("exception callback %q %s", cb.Callback, cb.Problem),
				Hint:     callbackHint(p, &cb),
			}
			if cb.Fault == plan.CallbackFaultKernel {
				f.Message += ", not found in " + analyzer.KernelPlaceholder
			}
			p.Report(f)
		}
		return nil
	},
}

// callbackHint is the way out for an exception callback that cannot be linked.
func callbackHint(p *analyzer.Pass, cb *plan.ExceptionCallback) string {
	switch cb.Fault {
	case plan.CallbackFaultSecond:
		return "keep one __exception_cb per program"
	case plan.CallbackFaultUnlinked:
		return "drop __exception_cb: " + analyzer.LoaderPlaceholder + " links only functions that are called"
	case plan.CallbackFaultKernel:
		return switchOff(p, cb.Program)
	}
	return "name a global function without SEC(): __noinline int on_throw(__u64 cookie)"
}

var btfRefused = &analyzer.Rule{
	Name:     "btf-refused",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"B03", "BTF-04", "BTF-05", "BTF-06"},
	Doc: analyzer.Doc{
		Title: "The kernel refuses the object's BTF",
		Why: "The kernel checks the types that come with maps and programs. It refuses a function with a parameter that has no name (\"Invalid arg#1\"), as clang writes for " +
			"`__naked` functions and unused parameters, and kernels before 5.12 refuse a data section without variables (string literals in `.rodata`). A function without a record in `.BTF.ext`, as in assembler, fails every program that links it. libbpf hands the whole BTF over, and " +
			"loads the object without it if it is refused, unless the object has struct_ops maps: nothing then remains of callbacks, `bpf_spin_lock`, timers, kptrs and global " +
			"functions. cilium/ebpf hands over what each program and map needs, and fails those that need the refused part. A struct with a kptr, a lock, a list or a tree is refused if another member, or one of what it holds, starts within a byte, has a type tag that the kernel does not know (`__uptr` before 6.13, any but those of kptrs before 7.2), or points to no defined struct, and a list without its lock or `__contains`. aya hands over the whole too, after it has named parameters, and needs it for CO-RE, " +
			"tracing and LSM programs and maps with types. Compilers of Rust and Zig write names that the kernel takes for no identifier, such as `HashMap<u32, u64>`, and names of pointers, which only aya drops.",
		Fix:   "Name the parameters; give the section a variable; link Rust with `bpf-linker --btf`, which mends names.",
		Wrong: "SEC(\"socket\") int prog(void *)",
		Right: "SEC(\"socket\") int prog(void *ctx)",
		References: []string{
			"Linux, kernel/bpf/btf.c, btf_func_check, btf_datasec_check_meta and btf_parse_struct_metas",
			"libbpf 1.8, libbpf.c, bpf_object__sanitize_and_load_btf, \"BTF is optional, ignoring\"; reloc_prog_func_and_line_info",
			"cilium/ebpf v0.22.0, prog.go, newProgramWithOptions, and map.go, createMap: \"load BTF\"",
			"aya 0.14.0, aya/src/bpf.rs, EbpfLoader::load; aya-obj/src/btf/btf.rs, fixup_and_sanitize",
			"bpf-linker pull requests 182 and 346",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.BTFProblems {
			problem := &p.Plan.BTFProblems[i]
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: problem.Scope,
				Message: fmt.Sprintf("BTF of %s is refused in %s: %s", problem.Subject, analyzer.KernelPlaceholder, problem.Detail),
			}
			switch {
			case problem.Name != "":
				f.Location = bpfobj.Location{Object: p.Plan.Object.Name, Section: ".BTF", Insn: -1, Symbol: "type " + problem.Name}
				f.Hint = "link it with a recent bpf-linker --btf, which mends the names of Rust, or without BTF"
			case problem.Struct != btfgraph.Void:
				f.Location = bpfobj.Location{Object: p.Plan.Object.Name, Section: ".BTF", Insn: -1, Symbol: strings.TrimSpace("struct " + p.Plan.Object.Types.Name(problem.Struct))}
				f.Hint = "keep bitfields and pointers with other type tags out of structs with kptrs, locks, lists and trees"
			case problem.Map != nil:
				f.Location = bpfobj.Location{Object: p.Plan.Object.Name, Section: problem.Map.SectionName, Insn: -1, Symbol: "map " + problem.Map.Name}
				f.Hint = "give the section a variable, or keep string literals out of it with char arrays"
			case problem.Record:
				f.Location = locateFunc(p, problem.Func)
				f.Message = fmt.Sprintf("%s %s, which its programs need", problem.Subject, problem.Detail)
				f.Hint = "write the function in C, compile it with -g, and let tools that edit the object rewrite .BTF.ext"
			default:
				f.Location = locateFunc(p, problem.Func)
				f.Hint = "name the parameters: int " + problem.Func.Name + "(void *ctx)"
			}
			if problem.Scope.Empty() {
				f.Severity = analyzer.Warning
				f.Message += "; loaded without BTF"
			}
			p.Report(f)
		}
		return nil
	},
}
