package kernel

import (
	"fmt"

	"github.com/cilium/ebpf/btf"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// FromSpec is the kernel whose BTF a caller of cilium/ebpf has loaded already,
// with that of its modules by name; nil modules are unknown, an empty map is a
// kernel without modules. Symbols and config are unknown. The specs are not
// modified and not used any more after the call. See [btfgraph.FromSpec] for
// what a Spec does not tell.
//
// The error wraps [ErrNoTypes].
func FromSpec(name string, types *btf.Spec, modules map[string]*btf.Spec) (*Kernel, error) {
	base, err := btfgraph.FromSpec(types)
	if err != nil {
		return nil, fmt.Errorf("types: %w: %w", ErrNoTypes, err)
	}
	k := &Kernel{Name: name, Types: base}
	if modules == nil {
		return k, nil
	}
	k.Modules = make(map[string]btfgraph.Graph, len(modules))
	for name, spec := range modules {
		spec := spec.Copy()
		k.Modules[name] = &module{base: base, open: func() (btfgraph.Graph, error) {
			g, err := btfgraph.FromSplitSpec(spec, base)
			if err != nil {
				return nil, fmt.Errorf("module %q: %w", name, err)
			}
			return g, nil
		}}
	}
	return k, nil
}
