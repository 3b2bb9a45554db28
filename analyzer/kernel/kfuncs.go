package kernel

import (
	"sync"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// kfuncCache holds the names of vmlinux's kfuncs.
type kfuncCache struct {
	once  sync.Once
	names []string
}

// Kfuncs are the names of the functions that vmlinux's BTF tags as kfuncs, in
// the order of their tags; nil if it tags none. The first call walks over all
// types. The slice is shared: callers must not modify it.
func (k *Kernel) Kfuncs() []string {
	k.kfuncs.once.Do(func() {
		const tag = "bpf_kfunc"
		g := k.Types
		if g == nil || !g.HasTag(tag) {
			return
		}
		for id := g.FirstOwn(); int(id) < g.Len(); id++ {
			if g.Kind(id) == btfgraph.KindDeclTag && g.ComponentIndex(id) == -1 && g.Name(id) == tag {
				k.kfuncs.names = append(k.kfuncs.names, g.Name(g.Ref(id)))
			}
		}
	})
	return k.kfuncs.names
}
