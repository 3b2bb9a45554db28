package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// resolveVariable looks a typed variable up (libbpf.c,
// bpf_object__resolve_ksym_var_btf_id). Its name keeps its flavor.
func (p *Plan) resolveVariable(b *ExternBinding) {
	if p.Loader.Externs.TypedSymbols && p.readsKallsyms() {
		p.collectAddresses(b)
	}
	if !p.findType(b, btfgraph.KindVar) {
		b.Leaked = b.Status == ExternMissing && b.Extern.Weak && len(b.Extern.Refs) > 0 &&
			p.Loader.Externs.TypedSymbols && p.readsKallsyms() && p.Kernel.Symbols != nil &&
			len(p.Kernel.Symbols.Lookup(b.Name)) > 0
		if b.Status == ExternMissing {
			b.Address = p.addressOf(b)
			if essential := p.Loader.EssentialName(b.Name); essential != b.Name &&
				btfgraph.First(p.Kernel.Types, btfgraph.KindVar, essential) != btfgraph.Void {
				b.Flavored = essential
			}
		}
		return
	}
	b.PerCPU = isPerCPU(b.Graph, b.ID)
	b.Address = p.addressOf(b)
	b.Mismatch = p.Loader.TypesCompatible(p.Object.Types, b.Extern.Type, b.Graph, b.Graph.Ref(b.ID))
	if b.Mismatch != "" {
		b.Status = ExternIncompatible
		return
	}
	for _, r := range b.Extern.Refs {
		wrong := passed
		if b.PerCPU {
			wrong = accessed
		}
		b.Misuses = append(b.Misuses, misuses(r, wrong)...)
	}
}

// readsKallsyms tells that the object has a typeless variable, for which
// libbpf reads kallsyms.
func (p *Plan) readsKallsyms() bool {
	return slices.ContainsFunc(p.Object.Externs, (*bpfobj.Extern).Typeless)
}

// isPerCPU tells that a VAR is in the per-CPU section (kernel/bpf/verifier.c,
// __check_pseudo_btf_id).
func isPerCPU(g btfgraph.Graph, id btfgraph.ID) bool {
	for _, sec := range btfgraph.AppendNamed(nil, g, btfgraph.KindDatasec, ".data..percpu") {
		for i := range g.Vlen(sec) {
			if g.VarSecinfo(sec, i).Type == id {
				return true
			}
		}
	}
	return false
}

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
		for _, id := range btfgraph.AppendNamed(nil, g, btfgraph.KindVoid, b.Name) {
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

// ExternMisuse is a use of a variable's address that the verifier refuses.
type ExternMisuse struct {
	Func *bpfobj.Function
	Insn int // slot index within Func
	// Helper is the helper that is given the address, "" for an access.
	Helper string
}

// perCPUHelper is the name of a helper that turns the address of a per-CPU
// variable into that of one CPU's copy, "" of others.
func perCPUHelper(number int32) string {
	if number == helperPerCPUPtr || number == helperThisCPUPtr {
		return "bpf_" + helpers[number]
	}
	return ""
}

// misuse is a use of an address that is wrong.
type misuse uint8

const (
	accessed misuse = 1 << iota // a load or store
	passed                      // an argument of the helpers for per-CPU variables
)

// misuses follows the address that a ld_imm64 loads down the code, past
// branches but not into them, to the first use that is wrong: an access to a
// per-CPU variable itself, another variable passed to the helpers for per-CPU
// ones, both if the address is 0 (kernel/bpf/verifier.c, check_mem_access and
// check_reg_type).
func misuses(r bpfobj.ExternRef, wrong misuse) []ExternMisuse {
	f := r.Func
	if r.Call || f.Insns[r.Insn].Op != bpfobj.LdImm64 {
		return nil
	}
	holds := uint16(1) << f.Insns[r.Insn].Dst
	for i := r.Insn + 2; i < len(f.Insns) && holds != 0; i++ {
		insn := f.Insns[i]
		helper, access := "", false
		switch insn.Op & opClass {
		case classLDX:
			access = holds>>insn.Src&1 == 1
		case classST, classSTX:
			access = holds>>insn.Dst&1 == 1
		case classJMP:
			if insn.IsHelperCall() && holds>>regFirstArg&1 == 1 {
				helper = perCPUHelper(insn.Imm)
			}
		}
		if access && wrong&accessed != 0 || helper != "" && wrong&passed != 0 {
			return []ExternMisuse{{Func: f, Insn: i, Helper: helper}}
		}
		if insn.Op == opExit || insn.Op == opJa || insn.Op == opGotol {
			return nil
		}
		if holds = carry(insn, holds); insn.Op == bpfobj.LdImm64 {
			i++
		}
	}
	return nil
}

// carry updates the set of registers that hold the address.
func carry(insn bpfobj.Insn, holds uint16) uint16 {
	switch insn.Op & opClass {
	case classLD, classLDX, classALU:
		return holds &^ (1 << insn.Dst)
	case classALU64:
		if insn.Op == opMovReg && insn.Off == 0 && holds>>insn.Src&1 == 1 {
			return holds | 1<<insn.Dst
		}
		if insn.Op == opAddImm || insn.Op == opSubImm { // an offset within the variable
			return holds
		}
		return holds &^ (1 << insn.Dst)
	case classJMP:
		if insn.IsCall() {
			return holds &^ regsClobbered
		}
	}
	return holds
}

// zeroTests are the uses of an extern that test its address; all tells that
// the first use of every function is one.
func zeroTests(e *bpfobj.Extern) (tests []bpfobj.ExternRef, all bool) {
	var last *bpfobj.Function
	all = true
	for _, r := range e.Refs {
		tested := !r.Call && testsZero(r.Func, r.Insn)
		if tested {
			tests = append(tests, r)
		}
		all = all && (tested || r.Func == last)
		last = r.Func
	}
	return tests, all
}

// testsZero tells that the address which the ld_imm64 at the slot loads is
// compared with 0 before it is used, as bpf_ksym_exists does.
func testsZero(f *bpfobj.Function, insn int) bool {
	if insn >= len(f.Insns) || f.Insns[insn].Op != bpfobj.LdImm64 {
		return false
	}
	reg := f.Insns[insn].Dst
	for i := insn + 2; i < len(f.Insns); i++ {
		switch in := f.Insns[i]; in.Op & opClass {
		case classJMP:
			if (in.Op == opJeqImm || in.Op == opJneImm) && in.Dst == reg {
				return in.Imm == 0
			}
			if !in.IsCall() || reg <= regLastArg {
				return false
			}
		case classJMP32:
			return false
		case classLD, classLDX, classALU, classALU64:
			if in.Dst == reg {
				return false
			}
			if in.Op == bpfobj.LdImm64 {
				i++
			}
		}
	}
	return false
}
