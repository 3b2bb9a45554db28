package plan

import (
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// kfuncTag is the declaration tag that pahole gives to kfuncs since 1.26.
const kfuncTag = "bpf_kfunc"

// resolveKfunc looks a kfunc up in vmlinux, then in the modules (libbpf.c,
// bpf_object__resolve_ksym_func_btf_id; cilium/ebpf linker.go, fixupKfuncs).
func (p *Plan) resolveKfunc(b *ExternBinding) {
	essential := p.Loader.EssentialName(b.Extern.Name)
	if p.Loader.FlavoredKfuncs {
		b.Name = essential
	}
	if !p.findType(b, btfgraph.KindFunc) {
		if b.Status == ExternMissing && b.Name != essential && btfgraph.First(p.Kernel.Types, btfgraph.KindFunc, essential) != btfgraph.Void {
			b.Flavored = essential
		}
		return
	}
	b.Tag = tagOf(b.Graph, b.ID, b.Module != "")
	b.Address = p.addressOf(b)
	b.Mismatch = p.Loader.TypesCompatible(p.Object.Types, b.Extern.Type, b.Graph, b.Graph.Ref(b.ID))
	if b.Mismatch != "" {
		b.Status = ExternIncompatible
		return
	}
	b.Unsupported, b.DeadCodeToo = p.kfuncSupport()
}

// kfuncMarkers are types of the kernel's code for kfunc calls, which came with
// 5.13 and were renamed since (kernel/bpf/verifier.c, kernel/bpf/btf.c).
var kfuncMarkers = [...]string{"bpf_kfunc_desc", "bpf_kfunc_desc_tab", "btf_kfunc_hook", "btf_kfunc_id_set"}

// kfuncSupport says why the kernel runs no kfunc calls. Before 5.13 the
// verifier stumbles over the call when it reaches it; without a JIT it refuses
// the program (kernel/bpf/verifier.c, bpf_add_kfunc_call).
func (p *Plan) kfuncSupport() (problem string, deadCodeToo bool) {
	k := p.Kernel
	if k.Config != nil && k.Config.Disabled("CONFIG_BPF_JIT") {
		return "CONFIG_BPF_JIT is not set", true
	}
	if k.Types.HasTag(kfuncTag) {
		return "", false
	}
	k.Types.Prefetch(kfuncMarkers[:]...)
	for _, name := range kfuncMarkers {
		if btfgraph.First(k.Types, btfgraph.KindVoid, name) != btfgraph.Void {
			return "", false
		}
	}
	return "it is older than 5.13", false
}

// Twin is the other name of a kfunc with implicit arguments: recent kernels
// (7.2) have "f" for programs and "f_impl" with all arguments, older ones (6.18)
// only the latter (tools/bpf/resolve_btfids, KF_IMPLICIT_ARGS).
func Twin(name string) string {
	if short, ok := strings.CutSuffix(name, "_impl"); ok {
		return short
	}
	return name + "_impl"
}

// callers divides the programs that link a call of the extern into those that
// certainly reach one and the others.
func (p *Plan) callers(e *bpfobj.Extern) (certain, possible Scope) {
	may := make(map[string]bool)
	must := make(map[string]bool)
	for _, r := range e.Refs {
		if !r.Call {
			continue
		}
		c, o := p.executedBy(r.Func, r.Insn)
		for _, name := range c.Programs {
			must[name] = true
		}
		for _, name := range o.Programs {
			may[name] = true
		}
	}
	for _, prog := range p.Object.Programs {
		switch {
		case must[prog.Name]:
			certain.Programs = append(certain.Programs, prog.Name)
		case may[prog.Name]:
			possible.Programs = append(possible.Programs, prog.Name)
		}
	}
	return certain, possible
}

// tagOf is what the tags say. The tags of vmlinux prove nothing about a module.
func tagOf(g btfgraph.Graph, id btfgraph.ID, module bool) TagEvidence {
	if !g.HasTag(kfuncTag) {
		return TagUnknown
	}
	if g.Tagged(id, kfuncTag) {
		return TagKfunc
	}
	if !module {
		return TagNone
	}
	for own := g.FirstOwn(); int(own) < g.Len(); own++ {
		if g.Kind(own) == btfgraph.KindDeclTag && g.Name(own) == kfuncTag {
			return TagNone
		}
	}
	return TagUnknown
}
