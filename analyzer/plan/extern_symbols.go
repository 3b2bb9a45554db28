package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// resolveSymbol looks a typeless variable up in kallsyms (libbpf.c,
// kallsyms_cb; cilium/ebpf linker.go, resolveKsymReferences).
func (p *Plan) resolveSymbol(b *ExternBinding) {
	k := p.Kernel
	if k.Symbols == nil {
		b.Unknown = "symbols"
		return
	}
	p.collectAddresses(b)
	if b.Address == AddressFound {
		b.Status = ExternFound
		return
	}
	for _, m := range k.ModuleNames() {
		g := k.Modules[m]
		for id := range g.ByName(btfgraph.KindVoid, b.Name) {
			if kind := g.Kind(id); id >= g.FirstOwn() && (kind == btfgraph.KindVar || kind == btfgraph.KindFunc) {
				b.Modules = append(b.Modules, m)
				break
			}
		}
	}
	switch {
	case len(b.Modules) > 0:
		b.Status, b.Module = ExternFound, b.Modules[0]
	case !k.Symbols.HasData() && !p.onlyFunctionSymbols():
		b.Unknown = "symbols"
	case k.Modules == nil, len(k.Modules) > 0 && !k.Running:
		// BTF of modules lists no data symbols, and the kernel's symbols may
		// have been listed before the module was loaded.
		b.Unknown = "modules"
		fallthrough
	default:
		if b.Unknown == "" {
			b.Status = ExternMissing
		}
		b.LLVMSymbol = hasLLVMSymbol(k.Symbols, b.Name)
		if essential := p.Loader.EssentialName(b.Name); essential != b.Name && len(k.Symbols.Lookup(essential)) > 0 {
			b.Flavored = essential
		}
	}
}

// collectAddresses notes the addresses of a name and whether the loader can
// choose between them.
func (p *Plan) collectAddresses(b *ExternBinding) {
	s := p.Kernel.Symbols
	if s == nil {
		return
	}
	found := slices.Clone(s.Lookup(b.Name))
	if p.Loader.Externs.LLVMSuffix {
		found = append(found, llvmSymbols(s, b.Name)...)
	}
	b.Address = AddressMissing
	if len(found) == 0 {
		return
	}
	b.Address = AddressFound
	if !s.HasAddresses() {
		return
	}
	for _, sym := range found {
		if !slices.Contains(b.Addresses, sym.Address) {
			b.Addresses = append(b.Addresses, sym.Address)
		}
	}
	b.Ambiguous = p.ambiguous(found)
	loaded := slices.DeleteFunc(found, func(sym kernel.Symbol) bool { return p.InFile(sym.Module) })
	b.AmbiguousIfLoaded = b.Ambiguous && !p.ambiguous(loaded)
}

// ambiguous reports whether the loader refuses to choose one of the symbols.
func (p *Plan) ambiguous(symbols []kernel.Symbol) bool {
	another := func(sym kernel.Symbol) bool { return sym.Address != symbols[0].Address }
	return len(symbols) > 1 && (p.Loader.Externs.SameAddressAmbiguous || slices.ContainsFunc(symbols, another))
}

// llvmSymbols are the data symbols "name.llvm.HASH".
func llvmSymbols(s *kernel.Symbols, name string) []kernel.Symbol {
	var found []kernel.Symbol
	for _, similar := range s.Similar(name) {
		if !strings.HasPrefix(similar, name+".llvm.") {
			continue
		}
		for _, sym := range s.Lookup(similar) {
			if sym.Type == 'd' {
				found = append(found, sym)
			}
		}
	}
	return found
}

// addressOf tells whether the kernel finds an address for the name of a type
// in BTF (kernel/kallsyms.c, kallsyms_lookup_name). The symbols of a module
// that was not loaded when they were listed prove nothing.
func (p *Plan) addressOf(b *ExternBinding) AddressEvidence {
	variable := b.Extern.Type != btfgraph.Void && b.Graph != nil && b.Graph.Kind(b.ID) == btfgraph.KindVar
	s := p.Kernel.Symbols
	if s == nil {
		if variable && b.Module == "" && p.onlyFunctionSymbols() {
			return AddressMissing
		}
		return AddressUnknown
	}
	found := s.Lookup(b.Name)
	hidden := len(found) > 0 && !s.HasAddresses()
	if hidden || slices.ContainsFunc(found, func(sym kernel.Symbol) bool { return sym.Address != 0 }) {
		return AddressFound
	}
	if hasLLVMSymbol(s, b.Name) {
		return AddressFound
	}
	if b.Module != "" || variable && !s.HasData() && !p.onlyFunctionSymbols() {
		return AddressUnknown
	}
	return AddressMissing
}

// hasLLVMSymbol tells that there is a symbol "name.llvm.HASH", as LTO of clang
// calls static functions and variables.
func hasLLVMSymbol(s *kernel.Symbols, name string) bool {
	return slices.ContainsFunc(s.Similar(name), func(similar string) bool { return strings.HasPrefix(similar, name+".llvm.") })
}

// onlyFunctionSymbols tells that the kernel is configured to keep no data
// symbols in kallsyms.
func (p *Plan) onlyFunctionSymbols() bool {
	return p.Kernel.Config != nil && p.Kernel.Config.Disabled("CONFIG_KALLSYMS_ALL")
}
