// Package kernel models the target of a load: the types, modules, symbols and
// configuration of one kernel. Every part may be unknown, which is not the
// same as absent: a module list that nobody gave is nil, a kernel without
// modules has an empty one.
package kernel

import (
	"errors"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ErrNoTypes says that a kernel has no BTF or that it cannot be read.
var ErrNoTypes = errors.New("no kernel BTF")

// Kernel is one target. It is immutable once opened and safe for concurrent use.
type Kernel struct {
	// Name is how findings call it: the NAME of --kernel NAME=PATH, else the
	// release, else the file's base name.
	Name    string
	Release string // uname -r; "" unknown
	Arch    string // GOARCH spelling of the architecture ("amd64", "arm64", ...); "" unknown
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

	close func() error
}

// Close unmaps the files. The kernel's graphs must not be used after it.
func (k *Kernel) Close() error {
	if k.close == nil {
		return nil
	}
	c := k.close
	k.close = nil
	return c()
}

// Unknown lists the parts that are unknown, in the words of the JSON contract
// ("types", "modules", "symbols", "config"), in that order.
func (k *Kernel) Unknown() []string {
	var parts []string
	if k.Types == nil {
		parts = append(parts, "types")
	}
	if k.Modules == nil {
		parts = append(parts, "modules")
	}
	if k.Symbols == nil {
		parts = append(parts, "symbols")
	}
	if k.Config == nil {
		parts = append(parts, "config")
	}
	return parts
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
	for _, m := range k.ModuleNames() {
		for id := range k.Modules[m].ByName(kind, name) {
			if id >= k.Modules[m].FirstOwn() {
				return k.Modules[m], m, id
			}
		}
	}
	return nil, "", btfgraph.Void
}

// Enumerator looks up a named value in the enum or enum64 of that name in
// vmlinux BTF, such as "BPF_MAP_TYPE_ARENA" in "bpf_map_type". found tells
// whether the enum itself exists: if it does not, nothing is proven. An enum
// name of "" searches nothing.
//
// The enumerators of a kernel's own BTF say which helpers, maps, programs and
// attach types it knows; version tables are wrong on distribution kernels.
func (k *Kernel) Enumerator(enum, name string) (value uint64, ok, found bool) {
	if k.Types == nil {
		return 0, false, false
	}
	for id := range k.Types.ByName(btfgraph.KindVoid, enum) {
		if kind := k.Types.Kind(id); kind != btfgraph.KindEnum && kind != btfgraph.KindEnum64 {
			continue
		}
		found = true
		for i := range k.Types.Vlen(id) {
			if e := k.Types.Enumerator(id, i); e.Name == name {
				return e.Value, true, true
			}
		}
	}
	return 0, false, found
}

// HasValue reports whether the enum of that name has an enumerator of that
// value other than the terminating one, whose name starts with "__MAX" or
// ends in "_MAX_ID" or starts with "__". found as in [Kernel.Enumerator].
func (k *Kernel) HasValue(enum string, value uint64) (ok, found bool) {
	if k.Types == nil {
		return false, false
	}
	for id := range k.Types.ByName(btfgraph.KindVoid, enum) {
		if kind := k.Types.Kind(id); kind != btfgraph.KindEnum && kind != btfgraph.KindEnum64 {
			continue
		}
		found = true
		for i := range k.Types.Vlen(id) {
			e := k.Types.Enumerator(id, i)
			if e.Value == value && (len(e.Name) < 2 || e.Name[:2] != "__") {
				return true, true
			}
		}
	}
	return false, found
}
