// Package kernel models the target of a load: the types, modules, symbols and
// configuration of one kernel. Every part may be unknown, which is not the
// same as absent: a module list that nobody gave is nil, a kernel without
// modules has an empty one.
package kernel

import (
	"encoding/binary"
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Kernel is one target. It is immutable once opened and safe for concurrent use.
type Kernel struct {
	// Name is how findings call it: the NAME of --kernel NAME=PATH, else the
	// release, else the file's base name.
	Name    string
	Release string // uname -r; "" unknown
	Version string // uname -v, where Debian tells the version; "" unknown
	Arch    string // GOARCH spelling of the architecture ("amd64", "arm64", ...); "" unknown
	// ByteOrder is that of the types, which is the machine's; nil if unknown.
	ByteOrder binary.ByteOrder
	// Types is the vmlinux BTF; nil if unknown.
	Types btfgraph.Graph
	// Modules are the split BTFs of modules by name, nil if unknown. An
	// empty map is a kernel whose modules are known: none.
	Modules map[string]btfgraph.Graph
	// Symbols is the kallsyms table; nil if unknown.
	Symbols *Symbols
	// Config is the build configuration; nil if unknown.
	Config *Config
	// Running tells that this is the running kernel.
	Running bool
	// Notes are what opening found worth telling, such as "System.map is
	// Debian's stub". They are printed, and the part concerned is unknown.
	Notes []string

	path     string // of the types, "" if they come from no file
	failures []*PartError
	src      sources
	enums    enumCache
	ctx      ctxCache
	order    moduleOrder
}

// Close unmaps the files. Neither the kernel nor anything obtained from it,
// names included, may be used after it. Close may be called twice.
func (k *Kernel) Close() error { return k.src.close() }

// Prefetch announces names that will be looked up in vmlinux and the modules:
// one walk over the types of each then serves all of them.
func (k *Kernel) Prefetch(names ...string) {
	if k.Types == nil {
		return
	}
	k.Types.Prefetch(names...)
	if len(k.Modules) == 0 {
		return
	}
	names = cloneNames(names)
	for _, g := range k.Modules {
		if m, ok := g.(*module); ok {
			m.announce(names)
			continue
		}
		g.Prefetch(names...)
	}
}

// Remarks are the notes, and what only the types tell: that they are not those
// of a vmlinux, which always has the enum bpf_prog_type.
func (k *Kernel) Remarks() []string {
	notes := slices.Clone(k.Notes)
	if k.path != "" && k.Types != nil && !k.enumeration("bpf_prog_type").found {
		notes = append(notes, "types "+quote(k.path)+": no enum bpf_prog_type: not the BTF of a vmlinux?")
	}
	return notes
}

// Find returns the first type of that kind and name in vmlinux, then in the
// modules by ascending name, with the graph that holds it and the module's
// name ("" for vmlinux). It returns [btfgraph.Void] if there is none.
//
// libbpf searches modules in the order of their BTF ids, which no file tells
// (libbpf.c, find_ksym_btf_id).
func (k *Kernel) Find(kind btfgraph.Kind, name string) (g btfgraph.Graph, module string, id btfgraph.ID) {
	if k.Types == nil {
		return nil, "", btfgraph.Void
	}
	if id := btfgraph.First(k.Types, kind, name); id != btfgraph.Void {
		return k.Types, "", id
	}
	for _, m := range k.moduleNames() {
		for id := range k.Modules[m].ByName(kind, name) {
			if id >= k.Modules[m].FirstOwn() {
				return k.Modules[m], m, id
			}
		}
	}
	return nil, "", btfgraph.Void
}
