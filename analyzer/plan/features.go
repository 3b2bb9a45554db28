package plan

import (
	"slices"

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
	// Certain are the programs that execute the call on every path, Possible
	// the others that link it. The kernel asks for a helper only on paths
	// that it explores (verifier.c, check_helper_call).
	Certain, Possible Scope
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
	if p.Kernel == nil {
		return
	}
	for _, call := range p.facts.helpers {
		if ok, known := p.knowsHelper(call.id); ok || !known {
			continue
		}
		certain, possible := p.executedBy(call.fn, call.insn)
		p.Helpers = append(p.Helpers, HelperUse{
			ID: call.id, Name: nameOf(helpers[:], uint32(call.id)), Func: call.fn, Insn: call.insn,
			Certain: certain, Possible: possible,
		})
	}
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

// hasMember reports whether the struct of that name in vmlinux BTF has a
// member of that name, and whether the struct is there at all.
func (p *Plan) hasMember(structure, member string) (ok, found bool) {
	if p.Kernel == nil {
		return false, false
	}
	g := p.Kernel.Types
	id := btfgraph.First(g, btfgraph.KindStruct, structure)
	if id == btfgraph.Void {
		return false, false
	}
	for i := range g.Vlen(id) {
		if g.Member(id, i).Name == member {
			return true, true
		}
	}
	return false, true
}
