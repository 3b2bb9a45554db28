package kernel

import (
	"strings"
	"sync"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ctxConvert is a struct that kernel/bpf/btf.c makes up from
// include/linux/bpf_types.h. It has two members for each program type that is
// compiled in: BPF_PROG_TYPE_XDP_prog is of the type that programs see as
// their context, BPF_PROG_TYPE_XDP_kern of the one that the kernel passes.
const ctxConvert = "bpf_ctx_convert"

// ctxCache holds the _prog members of ctxConvert.
type ctxCache struct {
	once  sync.Once
	types map[string]btfgraph.ID // by enumerator of bpf_prog_type
}

// ctxTypes returns the type of the context by program type, nil if unknown.
func (k *Kernel) ctxTypes() map[string]btfgraph.ID {
	k.ctx.once.Do(func() {
		if k.Types == nil {
			return
		}
		id := btfgraph.First(k.Types, btfgraph.KindStruct, ctxConvert)
		for i := range k.Types.Vlen(id) {
			m := k.Types.Member(id, i)
			progType, ok := strings.CutSuffix(m.Name, "_prog")
			if !ok {
				continue
			}
			if k.ctx.types == nil {
				k.ctx.types = make(map[string]btfgraph.ID, k.Types.Vlen(id)/2)
			}
			k.ctx.types[progType] = m.Type
		}
	})
	return k.ctx.types
}

// ProgTypeCompiled reports whether a program type is compiled into the kernel.
// The type is an enumerator of bpf_prog_type, such as "BPF_PROG_TYPE_XDP"; the
// part after BPF_PROG_TYPE_ will do. bpf_prog_load refuses a type of the enum
// that is not compiled in with EINVAL (kernel/bpf/syscall.c, find_prog_type,
// whose table is made from the same bpf_types.h). known is false if the kernel's
// BTF does not tell.
func (k *Kernel) ProgTypeCompiled(progType string) (ok, known bool) {
	types := k.ctxTypes()
	_, ok = types[progTypeName(progType)]
	return ok, types != nil
}

// CtxType is the name of the struct that programs of a type see as their
// context: "xdp_md" for BPF_PROG_TYPE_XDP. Typedefs are resolved, so that
// BPF_PROG_TYPE_KPROBE has "pt_regs" on amd64 and "user_pt_regs" on arm64. It is
// false if the type is unknown, not compiled in, or has no struct for its
// context: BPF_PROG_TYPE_TRACING has void *, BPF_PROG_TYPE_TRACEPOINT __u64.
func (k *Kernel) CtxType(progType string) (name string, ok bool) {
	id, ok := k.ctxTypes()[progTypeName(progType)]
	if !ok {
		return "", false
	}
	id = btfgraph.SkipModsAndTypedefs(k.Types, id)
	if k.Types.Kind(id) != btfgraph.KindStruct {
		return "", false
	}
	name = k.Types.Name(id)
	return name, name != ""
}

// progTypeName is the enumerator of bpf_prog_type.
func progTypeName(progType string) string {
	const prefix = "BPF_PROG_TYPE_"
	if strings.HasPrefix(progType, prefix) {
		return progType
	}
	return prefix + progType
}
