package plan

import (
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// checkFlags decides whether the kernel accepts the load flags of the
// programs: BPF_F_SLEEPABLE for the type and the target, BPF_F_XDP_HAS_FRAGS.
// Evidence is what the kernel's types show; where they show nothing, nothing
// is refused.
func (p *Plan) checkFlags() {
	for i := range p.Programs {
		pp := &p.Programs[i]
		if pp.XDPFrags {
			if ok, found := p.hasMember("bpf_prog_aux", "xdp_has_frags"); found && !ok {
				pp.FlagProblem = "BPF_F_XDP_HAS_FRAGS is not known"
			}
		}
		if pp.Sleepable && pp.FlagProblem == "" {
			pp.FlagProblem = p.sleepableProblem(pp)
		}
		if pp.FlagProblem == "" && pp.AttachType == "BPF_MODIFY_RETURN" && pp.Target.Status == AttachFound {
			pp.FlagProblem = p.modifyProblem(pp.AttachTo)
		}
	}
}

// sleepableProblem says why a program may not be sleepable, "" if nothing
// speaks against it (verifier.c, can_be_sleepable and bpf_check_attach_target).
// Programs of struct_ops are judged with the members that they implement.
func (p *Plan) sleepableProblem(pp *ProgramPlan) string {
	const never = "programs of its type cannot be sleepable"
	switch pp.ProgType {
	case "BPF_PROG_TYPE_KPROBE": // uprobes, since 6.0
		if p.lacksFunc("bpf_prog_array_free_sleepable") {
			return never
		}
	case "BPF_PROG_TYPE_RAW_TRACEPOINT", "BPF_PROG_TYPE_TRACEPOINT": // since 7.x
		if p.lacksFunc("trace_call_bpf_faultable") {
			return never
		}
	case "BPF_PROG_TYPE_TRACING":
		return p.sleepableTracing(pp)
	}
	return ""
}

func (p *Plan) sleepableTracing(pp *ProgramPlan) string {
	switch pp.AttachType {
	case "BPF_TRACE_RAW_TP":
		// Before 6.3 every tracing program could be; from then on
		// can_be_sleepable lists the attach types.
		if p.checkMemberParams() >= 3 && p.lacksFunc("trace_call_bpf_faultable") {
			return "programs of its type cannot be sleepable"
		}
	case "BPF_TRACE_FENTRY", "BPF_TRACE_FEXIT", "BPF_MODIFY_RETURN":
		if pp.Target.Status == AttachFound && p.notInjectable(pp.AttachTo) {
			return "a sleepable program cannot attach to " + pp.AttachTo
		}
	}
	return ""
}

// modifyProblem says why fmod_ret cannot attach to a function (verifier.c,
// check_attach_modify_return).
func (p *Plan) modifyProblem(target string) string {
	if !strings.HasPrefix(target, "security_") && p.notInjectable(target) {
		return "the return value of " + target + " cannot be modified"
	}
	return ""
}

// syscallPrefixes begin the names of system calls (arch_syscall_prefix, and the
// functions behind it).
var syscallPrefixes = [...]string{"__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__s390x_sys_", "__riscv_sys_", "__se_sys_", "__do_sys_", "ksys_"}

// notInjectable reports that the kernel certainly does not let sleepable
// programs and fmod_ret attach to a function: it was built without error
// injection (CONFIG_FUNCTION_ERROR_INJECTION), so that no function is listed
// for it, and has no other list. Lists of kfuncs came with
// BTF_KFUNC_HOOK_FMODRET in 6.2 and never held a system call; system calls are
// let through by their name at some time after BPF_TRACE_FSESSION came in 7.0.
func (p *Plan) notInjectable(target string) bool {
	if p.Kernel == nil || p.Kernel.Config == nil || !p.Kernel.Config.Disabled("CONFIG_FUNCTION_ERROR_INJECTION") ||
		p.enumerator("bpf_attach_type", "BPF_TRACE_FSESSION") != Unsupported {
		return false
	}
	for _, prefix := range syscallPrefixes {
		if strings.HasPrefix(target, prefix) {
			return true
		}
	}
	switch p.enumerator("btf_kfunc_hook", "BTF_KFUNC_HOOK_FMODRET") {
	case Unsupported:
		return true
	case SupportUnknown: // no hooks at all: before 5.18
		return p.enumerator("bpf_func_id", "BPF_FUNC_loop") == Unsupported
	}
	return false
}

// lacksFunc reports that vmlinux BTF has no function of that name, and has the
// verifier's, so that it lists the functions of kernel/bpf.
func (p *Plan) lacksFunc(name string) bool {
	return p.has(btfgraph.KindFunc, "bpf_check") && !p.has(btfgraph.KindFunc, name)
}

// checkMemberParams is the number of parameters of bpf_struct_ops.check_member,
// 0 if the kernel's BTF does not tell. It got its third, the program, when
// struct_ops programs were allowed to sleep (6.3, commits 51a52a29ebf5 and
// 1e12d3ef47d2).
func (p *Plan) checkMemberParams() int {
	if p.Kernel == nil {
		return 0
	}
	g := p.Kernel.Types
	id := btfgraph.First(g, btfgraph.KindStruct, "bpf_struct_ops")
	if id == btfgraph.Void {
		return 0
	}
	for i := range g.Vlen(id) {
		if m := g.Member(id, i); m.Name == "check_member" {
			return g.Vlen(btfgraph.SkipModsAndTypedefs(g, g.Ref(btfgraph.SkipModsAndTypedefs(g, m.Type))))
		}
	}
	return 0
}
