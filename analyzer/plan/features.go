package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Support says whether a kernel has a feature, by what its own BTF says.
type Support uint8

// Answers about a feature.
const (
	SupportUnknown Support = iota // the kernel's BTF does not tell, or there is no kernel
	Supported
	// Unsupported: the enum of that kind of feature is there and lacks it.
	Unsupported
	// NotCompiled: the kernel knows the number and was built without the feature.
	NotCompiled
)

// No reports that the kernel certainly lacks the feature.
func (s Support) No() bool { return s == Unsupported || s == NotCompiled }

// HelperUse is a call of a helper that the kernel does not know.
type HelperUse struct {
	ID int32 // bpf_func_id
	// Name is the enumerator without BPF_FUNC_, "" for a number that no kernel has.
	Name string
	Func *bpfobj.Function
	Insn int // slot index within Func
	// Reach tells which programs get to the call. The kernel asks for a helper
	// only on paths that it explores (verifier.c, check_helper_call).
	Reach
}

// The helpers that both loaders put in place of probeReads on kernels without
// those (libbpf.c, bpf_object__sanitize_prog; cilium/ebpf linker.go,
// fixupProbeReadKernel).
const (
	helperProbeRead    = 4
	helperProbeReadStr = 45
)

var probeReads = [...]int32{112, 113, 114, 115}

// enumerator asks the kernel for an enumerator of one of its enums.
func (p *Plan) enumerator(enum, name string) Support {
	if p.Kernel == nil || name == "" {
		return SupportUnknown
	}
	_, ok, found := p.Kernel.Enumerator(enum, name)
	switch {
	case ok:
		return Supported
	case found:
		return Unsupported
	default:
		return SupportUnknown
	}
}

// supportProgram asks the kernel for the program's type and attach type.
//
// A type that is in bpf_prog_type and has no members in struct bpf_ctx_convert
// is not compiled in (include/linux/bpf_types.h is expanded into both
// bpf_ctx_convert and the table that bpf_prog_load looks into).
func (p *Plan) supportProgram(pp *ProgramPlan) {
	pp.TypeSupport = p.enumerator("bpf_prog_type", pp.ProgType)
	if pp.TypeSupport == Supported {
		if compiled, known := p.Kernel.ProgTypeCompiled(pp.ProgType); known && !compiled {
			pp.TypeSupport = NotCompiled
		}
	}
	pp.AttachSupport = p.enumerator("bpf_attach_type", pp.AttachType)
	pp.AttachChecked = slices.Contains(attachChecked[:], pp.ProgType)
}

// attachChecked are the program types whose expected attach type the kernel
// compares at load on every version that has BTF (kernel/bpf/syscall.c,
// bpf_prog_load_check_attach; verifier.c, bpf_check_attach_target). For the
// others it ignores a number that it does not know: a "tcx/ingress" program
// loads on 5.10.
var attachChecked = [...]string{
	"BPF_PROG_TYPE_CGROUP_SOCK", "BPF_PROG_TYPE_CGROUP_SOCK_ADDR", "BPF_PROG_TYPE_CGROUP_SKB",
	"BPF_PROG_TYPE_CGROUP_SOCKOPT", "BPF_PROG_TYPE_SK_LOOKUP", "BPF_PROG_TYPE_NETFILTER",
	"BPF_PROG_TYPE_TRACING", "BPF_PROG_TYPE_LSM",
}

// checkHelpers finds the calls of helpers that the kernel does not know. Its
// enum bpf_func_id says which it knows: it has been in every vmlinux BTF.
func (p *Plan) checkHelpers() {
	for _, call := range p.refusedHelpers() {
		p.Helpers = append(p.Helpers, HelperUse{
			ID: call.id, Name: nameOf(helpers[:], uint32(call.id)), Func: call.fn, Insn: call.insn,
			Reach: p.ReachOf(call.fn, call.insn),
		})
	}
}

// refusedHelpers are the calls of helpers that the kernel does not know.
func (p *Plan) refusedHelpers() []helperCall {
	return p.flows.refused.get(func() (refused []helperCall) {
		for _, call := range p.facts.helpers {
			if p.Kernel == nil {
				break
			}
			if ok, known := p.knowsHelper(call.id); known && !ok {
				refused = append(refused, call)
			}
		}
		return refused
	})
}

// knowsHelper asks the kernel for a helper, those included for which the
// loader puts one that the kernel has. known is false if it does not tell.
func (p *Plan) knowsHelper(id int32) (ok, known bool) {
	if ok, known = p.Kernel.HasHelper(id); ok || !known || !slices.Contains(probeReads[:], id) {
		return ok, known
	}
	read, _ := p.Kernel.HasHelper(helperProbeRead)
	readStr, _ := p.Kernel.HasHelper(helperProbeReadStr)
	return read && readStr, true
}

// has reports whether vmlinux BTF has a type of that kind and name.
func (p *Plan) has(kind btfgraph.Kind, name string) bool {
	return p.Kernel != nil && btfgraph.First(p.Kernel.Types, kind, name) != btfgraph.Void
}

// maxAnonymous bounds the anonymous structs and unions in which hasMember looks.
const maxAnonymous = 64

// hasMember reports whether the struct of that name in vmlinux BTF has a
// member of that name, and whether the struct is there at all. Members of
// anonymous structs and unions within are its own: distributions that promise a
// stable ABI put what they add into a union with the padding that it takes.
func (p *Plan) hasMember(structure, member string) (ok, found bool) {
	if p.Kernel == nil {
		return false, false
	}
	g := p.Kernel.Types
	id := btfgraph.First(g, btfgraph.KindStruct, structure)
	if id == btfgraph.Void {
		return false, false
	}
	todo := []btfgraph.ID{id}
	for next := 0; next < len(todo); next++ {
		for i := range g.Vlen(todo[next]) {
			switch m := g.Member(todo[next], i); {
			case m.Name == member:
				return true, true
			case m.Name == "" && len(todo) < maxAnonymous && composite(g.Kind(m.Type)) && !slices.Contains(todo, m.Type):
				todo = append(todo, m.Type)
			}
		}
	}
	return false, true
}

// FlagFault is a sort of reasons for which a kernel refuses a program's flags.
type FlagFault uint8

// Sorts of reasons in [ProgramPlan.FlagFault].
const (
	FlagFaultNone      FlagFault = iota
	FlagFaultFrags               // BPF_F_XDP_HAS_FRAGS is not known
	FlagFaultSleepable           // the program cannot be sleepable
	FlagFaultModify              // the return value of the target cannot be modified
)

// checkFlags decides whether the kernel accepts the load flags of the
// programs: BPF_F_SLEEPABLE for the type and the target, BPF_F_XDP_HAS_FRAGS.
// Evidence is what the kernel's types show; where they show nothing, nothing
// is refused.
func (p *Plan) checkFlags() {
	for i := range p.Programs {
		pp := &p.Programs[i]
		if pp.XDPFrags {
			// The helper came with the flag (5.18).
			if ok, found := p.hasMember("bpf_prog_aux", "xdp_has_frags"); found && !ok &&
				p.enumerator("bpf_func_id", "BPF_FUNC_xdp_get_buff_len") == Unsupported {
				pp.FlagProblem, pp.FlagFault = "BPF_F_XDP_HAS_FRAGS is not known", FlagFaultFrags
			}
		}
		if pp.Sleepable && pp.FlagProblem == "" {
			pp.FlagProblem, pp.FlagFault = p.sleepableProblem(pp), FlagFaultSleepable
		}
		if pp.FlagProblem == "" && pp.AttachType == "BPF_MODIFY_RETURN" && pp.Target.Status == AttachFound {
			pp.FlagProblem, pp.FlagFault = p.modifyProblem(pp.AttachTo), FlagFaultModify
		}
		if pp.FlagProblem == "" {
			pp.FlagFault = FlagFaultNone
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
		if p.lacksFunc("bpf_prog_array_free_sleepable") && p.enumerator("bpf_attach_type", "BPF_TRACE_UPROBE_MULTI") == Unsupported {
			return never
		}
	case "BPF_PROG_TYPE_RAW_TRACEPOINT", "BPF_PROG_TYPE_TRACEPOINT":
		if p.noFaultable() {
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
		if p.checkMemberParams() >= 3 && p.noFaultable() {
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

// noFaultable reports that programs of tracepoints certainly cannot sleep: they
// can since 7.x. The absence of one function is no proof, compilers inline.
func (p *Plan) noFaultable() bool {
	return p.lacksFunc("trace_call_bpf_faultable") && p.enumerator("bpf_attach_type", "BPF_TRACE_FENTRY_MULTI") == Unsupported
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

// HelperName is the name of a helper without "bpf_", "" for a number that no
// kernel has.
func HelperName(id int32) string { return nameOf(helpers[:], uint32(id)) }
