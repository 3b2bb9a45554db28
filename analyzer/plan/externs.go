package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ExternPolicy is how a loader treats externs.
type ExternPolicy struct {
	// Strict: every undefined symbol needs BTF in .ksyms or .kconfig and every
	// entry there a symbol, used or not (libbpf.c, bpf_object__collect_externs).
	// Without it, only what an instruction refers to is looked at.
	Strict bool
	// VoidOnly: a variable in .ksyms has the type void itself, not even
	// "const void" (cilium/ebpf btf/btf.go, fixupDatasec).
	VoidOnly bool
	// NoWeakKconfig: a reference to a weak extern in .kconfig is refused when
	// the object is opened (cilium/ebpf elf_reader.go, relocateInstruction).
	NoWeakKconfig bool
	// LLVMSuffix: a data symbol "name.llvm.HASH" stands for name (libbpf.c, kallsyms_cb).
	LLVMSuffix bool
	// TypedSymbols: once kallsyms is read for a typeless variable, it serves
	// the typed ones too (libbpf.c, kallsyms_cb).
	TypedSymbols bool
	// SameAddressAmbiguous: two symbols of one name are ambiguous even at one
	// address (cilium/ebpf internal/kallsyms, assignAddresses).
	SameAddressAmbiguous bool
	// HiddenRefused: a symbol with address 0 is refused instead of resolving
	// to 0 (the same function).
	HiddenRefused bool
	// AddressIsID: the address of a kfunc becomes its BTF id, a plain number
	// (cilium/ebpf linker.go, fixupKfuncs).
	AddressIsID bool
	// FDPerCall: every call of a module's kfunc takes a slot of the fd array
	// (cilium/ebpf linker.go, handles.add).
	FDPerCall bool
	// WeakNeedsBTF: without kernel BTF a weak kfunc or typed variable fails
	// the load like a strong one (libbpf.c, obj_needs_vmlinux_btf).
	WeakNeedsBTF bool
	// UnameVersion: LINUX_KERNEL_VERSION is parsed from the release
	// (libbpf_probes.c, get_kernel_version), not taken from the vDSO.
	UnameVersion bool
	// ConfigToEnd: the configuration is read to its end, not only until every
	// option is found (libbpf.c, bpf_object__read_kconfig_file).
	ConfigToEnd bool
	// Virtual are the externs of .kconfig that the loader fills in itself.
	Virtual []VirtualExtern
	// WeakVirtual: an unknown weak extern LINUX_* is 0, and other names
	// without CONFIG_ are refused. Otherwise every unknown name is an option.
	WeakVirtual bool
	// KconfigType says why a type is unfit for an extern of .kconfig when the
	// object is opened, "" if it is fit.
	KconfigType func(g btfgraph.Graph, id btfgraph.ID) string
	// KconfigValue says why the value of an option does not fit the type; cut
	// tells that a string loses its end.
	KconfigValue func(g btfgraph.Graph, id btfgraph.ID, value string) (problem string, cut bool)
}

// ExternStatus is the outcome of resolving an extern.
type ExternStatus uint8

// Outcomes of resolving an extern.
const (
	// ExternUndecided: there is no kernel, or an unknown part of it decides,
	// see [ExternBinding.Unknown].
	ExternUndecided ExternStatus = iota
	ExternFound
	ExternMissing
	// ExternIncompatible: found, and its type does not fit, see [ExternBinding.Mismatch].
	ExternIncompatible
	// ExternRefused: the loader refuses the declaration, see [ExternBinding.Fault].
	ExternRefused
)

// ExternBinding is the outcome of resolving an extern.
type ExternBinding struct {
	Extern *bpfobj.Extern
	Status ExternStatus
	// Unknown is the part of the kernel that decides, in the words of
	// [kernel.Kernel.Unknown]; "" if none does.
	Unknown string
	// Scope is what goes down if the extern does not resolve, or what the
	// refused declaration takes down; Stage is when.
	Scope Scope
	Stage Stage

	// Fault is why the declaration is refused, Detail the cause in one clause.
	Fault  ExternFault
	Detail string

	// Name is the name that is looked up: without the flavor, where the
	// loader strips it. Flavored is the kernel's name for it if the loader
	// does not strip it and the kernel has one, "" otherwise.
	Name, Flavored string

	// Graph, Module ("" for vmlinux) and ID are what was found in BTF.
	Graph  btfgraph.Graph
	Module string
	ID     btfgraph.ID
	// Modules are all modules that define the name, ascending; empty if
	// vmlinux does.
	Modules []string
	// Duplicates are further types of the same kind and name in vmlinux.
	Duplicates []btfgraph.ID
	// Mismatch says what of the type does not fit: `argument 2: "int" in the
	// object, "void *" in the kernel`. "" if it fits or is not compared.
	Mismatch string
	// NoBTF tells that the kernel is known to be built without BTF.
	NoBTF bool

	// Tag tells whether the function found is tagged as a kfunc.
	Tag TagEvidence
	// Address tells whether kallsyms has the name that was found.
	Address AddressEvidence
	// Unsupported says why the kernel runs no kfunc calls, "" if it does as
	// far as is known. DeadCodeToo tells that it refuses calls that no path
	// reaches, too.
	Unsupported string
	DeadCodeToo bool
	// Addresses are the different addresses that kallsyms has for the name,
	// in file order; nil if addresses are hidden or nothing was looked up.
	Addresses []uint64
	// Ambiguous tells that the loader refuses to choose one of them.
	Ambiguous bool
	// Leaked tells that a weak typed variable which BTF lacks counts as
	// resolved because kallsyms has it; the kernel refuses its BTF id 0.
	Leaked bool
	// PerCPU tells that the variable is per-CPU, Misuses where a program
	// overlooks that, or takes another variable for one.
	PerCPU  bool
	Misuses []ExternMisuse

	// Certain are the programs that call the function on every path, Possible
	// those that link a call and may not reach it. They are not computed for
	// a function that is found, fits, and is not known to be no kfunc.
	Certain, Possible Scope

	// Value is the value of an option as the configuration has it, "" if it
	// is not set; Problem says why it does not fit, Cut that a string loses
	// its end.
	Value, Problem string
	Cut            bool
	// Virtual tells that the loader fills the extern in itself.
	Virtual bool
}

// TagEvidence is what the tags of BTF say of a function.
type TagEvidence uint8

// What tags say. A kernel without any tag proves nothing.
const (
	TagUnknown TagEvidence = iota
	TagKfunc               // tagged bpf_kfunc
	TagNone                // not tagged, in BTF that tags kfuncs
)

// AddressEvidence is what kallsyms says of a name.
type AddressEvidence uint8

// What kallsyms says.
const (
	AddressUnknown AddressEvidence = iota
	AddressFound
	AddressMissing
)

// resolveExterns resolves all externs against the kernel, in the order of
// libbpf (libbpf.c, bpf_object__resolve_externs).
func (p *Plan) resolveExterns() {
	p.Externs = make([]ExternBinding, len(p.Object.Externs))
	for i, e := range p.Object.Externs {
		b := &p.Externs[i]
		b.Extern, b.Name, b.Scope, b.Stage = e, e.Name, p.ScopeOfExtern(e), StageLoad
		if p.checkDeclaration(b) {
			b.Status = ExternRefused
		}
	}
	if p.Kernel == nil {
		return
	}
	p.announceSymbols()
	for i := range p.Externs {
		b := &p.Externs[i]
		switch {
		case b.Status == ExternRefused:
		case b.Extern.Kind == bpfobj.ExternFunc:
			p.resolveKfunc(b)
			if b.Status != ExternFound || b.Tag == TagNone || b.Unsupported != "" {
				b.Certain, b.Possible = p.callers(b.Extern)
			}
		case b.Extern.Typeless():
			p.resolveSymbol(b)
		case b.Extern.Kind == bpfobj.ExternVar:
			p.resolveVariable(b)
		case b.Extern.Kind == bpfobj.ExternKconfig:
			p.resolveKconfig(b)
		}
	}
}

// announceSymbols tells the symbol table what will be looked up.
func (p *Plan) announceSymbols() {
	if p.Kernel.Symbols == nil {
		return
	}
	var names []string
	for i := range p.Externs {
		if e := p.Externs[i].Extern; e.Kind == bpfobj.ExternFunc || e.Kind == bpfobj.ExternVar {
			names = appendStem(names, e.Name)
		}
	}
	if len(names) > 0 {
		p.Kernel.Symbols.Prefetch(names...)
	}
}

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
		b.Misuses = append(b.Misuses, p.misuses(r, b.PerCPU)...)
	}
}

// readsKallsyms tells that the object has a typeless variable, for which
// libbpf reads kallsyms.
func (p *Plan) readsKallsyms() bool {
	return slices.ContainsFunc(p.Object.Externs, (*bpfobj.Extern).Typeless)
}

// findType looks b.Name up and sets the outcome. It reports whether there is
// a type.
func (p *Plan) findType(b *ExternBinding, kind btfgraph.Kind) bool {
	k := p.Kernel
	if k.Types == nil {
		b.Status, b.Unknown = ExternUndecided, "types"
		if k.Config != nil {
			b.NoBTF = k.Config.Disabled("CONFIG_DEBUG_INFO_BTF")
		}
		if b.NoBTF {
			b.Status, b.Unknown = ExternMissing, ""
		}
		return false
	}
	for id := range k.Types.ByName(kind, b.Name) {
		if b.ID == btfgraph.Void {
			b.Graph, b.ID = k.Types, id
			continue
		}
		b.Duplicates = append(b.Duplicates, id)
	}
	if b.ID != btfgraph.Void {
		b.Status = ExternFound
		return true
	}
	if k.Modules == nil {
		b.Status, b.Unknown = ExternUndecided, "modules"
		return false
	}
	for _, m := range k.ModuleNames() {
		g := k.Modules[m]
		for id := range g.ByName(kind, b.Name) {
			if id < g.FirstOwn() {
				continue
			}
			if b.ID == btfgraph.Void {
				b.Graph, b.Module, b.ID = g, m, id
			}
			b.Modules = append(b.Modules, m)
			break
		}
	}
	b.Status = ExternMissing
	if b.ID != btfgraph.Void {
		b.Status = ExternFound
	}
	return b.Status == ExternFound
}

// isPerCPU tells that a VAR is in the per-CPU section (kernel/bpf/verifier.c,
// __check_pseudo_btf_id).
func isPerCPU(g btfgraph.Graph, id btfgraph.ID) bool {
	for sec := range g.ByName(btfgraph.KindDatasec, ".data..percpu") {
		for i := range g.Vlen(sec) {
			if g.VarSecinfo(sec, i).Type == id {
				return true
			}
		}
	}
	return false
}
