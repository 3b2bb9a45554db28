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
	Version string // uname -v, where Debian tells the version; "" unknown
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

	path  string // of the types, "" if they come from no file
	src   sources
	enums enumCache
	ctx   ctxCache
	order moduleOrder
}

// Close unmaps the files. Neither the kernel nor anything obtained from it,
// names included, may be used after it. Close may be called twice.
func (k *Kernel) Close() error { return k.src.close() }

// Errors reports what proved unreadable in the parts that are read when they
// are first needed: vmlinux BTF, then the modules by name, symbols, config. A
// part that cannot be read answers as if it were empty, so that what was
// concluded from its silence is worth nothing: ask after the last question.
// Modules, symbols and config that nobody asked are not read for it.
func (k *Kernel) Errors() []error {
	var errs []error
	if g, ok := k.Types.(interface{ Err() error }); ok {
		if err := g.Err(); err != nil {
			errs = append(errs, partError("types", k.path, err))
		}
	}
	errs = append(errs, k.moduleErrors()...)
	if err := k.Symbols.failed(); err != nil {
		errs = append(errs, err)
	}
	if err := k.Config.failed(); err != nil {
		errs = append(errs, err)
	}
	return errs
}

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

// Unknown lists the parts that are unknown, in the words of the JSON contract
// ("types", "modules", "symbols", "config"), in that order: those that nobody
// gave, and those that proved unreadable when they were needed.
func (k *Kernel) Unknown() []string {
	var parts []string
	if k.Types == nil {
		parts = append(parts, "types")
	}
	if k.Modules == nil || len(k.moduleErrors()) > 0 {
		parts = append(parts, "modules")
	}
	if k.Symbols == nil || k.Symbols.failed() != nil {
		parts = append(parts, "symbols")
	}
	if k.Config == nil || k.Config.failed() != nil {
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
	for _, m := range k.moduleNames() {
		for id := range k.Modules[m].ByName(kind, name) {
			if id >= k.Modules[m].FirstOwn() {
				return k.Modules[m], m, id
			}
		}
	}
	return nil, "", btfgraph.Void
}
