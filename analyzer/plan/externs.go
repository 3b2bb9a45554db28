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
	// None: the loader resolves no externs; an object whose BTF lists some in
	// .ksyms or .kconfig is refused, and a call of one fails the whole load.
	None bool
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
	// AbsentSymbolZero: a strong typeless variable that kallsyms lacks has the
	// address 0, like a weak one.
	AbsentSymbolZero bool
	// BuildHost: externs in .kconfig get their values on the machine where the
	// loader is generated; what the target has does not matter.
	BuildHost bool
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
	// Uses are the programs that link a use of the extern.
	Uses Scope
	// Tests are the uses that compare its address with 0, as bpf_ksym_exists
	// does; Tested tells that the first use of every function is one.
	Tests  []bpfobj.ExternRef
	Tested bool

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
	// Duplicates are further types of the same kind and name in vmlinux;
	// DuplicatesDiffer tells that one of them fits and another does not.
	Duplicates       []btfgraph.ID
	DuplicatesDiffer bool
	// Mismatch says what the type in the kernel is that the object's does not
	// fit: `argument 2 is "void *", not "int"`. "" if it fits or is not compared.
	Mismatch string
	// Cause is the known cause of a mismatch, if it has one.
	Cause MismatchCause
	// Twin is the kernel's other name of a kfunc with implicit arguments, ""
	// if it has none: "f_impl" for "f", "f" for "f_impl".
	Twin string
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
	// LLVMSymbol tells that kallsyms lacks the name and has "name.llvm.HASH".
	LLVMSymbol bool
	// Addressed are the programs for which the kernel looks the address of a
	// kfunc up: those that link a call or, unless the loader puts a number in
	// its place, a use of its address.
	Addressed Scope
	// Addresses are the different addresses that kallsyms has for the name,
	// in file order; nil if addresses are hidden or nothing was looked up.
	Addresses []uint64
	// Ambiguous tells that the loader refuses to choose one of them.
	Ambiguous bool
	// AmbiguousIfLoaded tells that it has the choice only while a module is
	// loaded, which nobody knows.
	AmbiguousIfLoaded bool
	// Leaked tells that a weak typed variable which BTF lacks counts as
	// resolved because kallsyms has it; the kernel refuses its BTF id 0.
	Leaked bool
	// PerCPU tells that the variable is per-CPU, Misuses where a program
	// overlooks that, or takes another variable for one.
	PerCPU  bool
	Misuses []ExternMisuse

	// Reach tells which programs get to a call of the function: one is among
	// Certain if it certainly gets to any call, among Dead if it gets to none.
	// What decides differs by call: [Plan.ReachOf] tells. It is not computed
	// for a strong extern that does not resolve, nor for a function that is
	// found, fits, and is not known to be no kfunc.
	Reach
	// NullUses are the uses of the address of a weak typed variable which is
	// missing, and whose address therefore is 0, that the verifier refuses.
	NullUses []ExternMisuse

	// Value is the value of an option as the configuration has it, "" if it
	// is not set; Problem says why it does not fit, Cut that a string loses
	// its end.
	Value, Problem string
	Cut            bool
	// Virtual tells that the loader fills the extern in itself.
	Virtual bool
}

// OptionalFor reports whether a load goes on without the extern: it is weak, or
// may be for all that is known, or the loader does not mind.
func (b *ExternBinding) OptionalFor(l *Loader) bool {
	return b.Extern.MayBeWeak() || l.Externs.AbsentSymbolZero && b.Extern.Typeless()
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

// ExternNoun is what [bpfobj.Location] calls an extern: "kfunc", "ksym",
// "kconfig", and "func" or "variable" if no section says what it is.
func (p *Plan) ExternNoun(e *bpfobj.Extern) string {
	switch e.Kind {
	case bpfobj.ExternFunc:
		return "kfunc"
	case bpfobj.ExternVar:
		return "ksym"
	case bpfobj.ExternKconfig:
		return "kconfig"
	}
	isCall := func(r bpfobj.ExternRef) bool { return r.Call }
	if e.ID != btfgraph.Void && p.Object.Types.Kind(e.ID) == btfgraph.KindFunc || slices.ContainsFunc(e.Refs, isCall) {
		return "func"
	}
	return "variable"
}

// resolveExterns resolves all externs against the kernel, in the order of
// libbpf (libbpf.c, bpf_object__resolve_externs).
func (p *Plan) resolveExterns() {
	p.Externs = make([]ExternBinding, len(p.Object.Externs))
	for i, e := range p.Object.Externs {
		b := &p.Externs[i]
		b.Extern, b.Name, b.Stage = e, e.Name, StageLoad
		b.Uses, b.Scope = p.scopeOfUses(e), p.ScopeOfExtern(e)
		b.Tests, b.Tested = zeroTests(e)
		if p.checkDeclaration(b) {
			b.Status = ExternRefused
		}
	}
	if p.Kernel == nil {
		return
	}
	for i := range p.Externs {
		b := &p.Externs[i]
		switch {
		case b.Status == ExternRefused:
		case b.Extern.Kind == bpfobj.ExternFunc:
			p.resolveKfunc(b)
			p.findTwin(b)
		case b.Extern.Typeless():
			p.resolveSymbol(b)
		case b.Extern.Kind == bpfobj.ExternVar:
			p.resolveVariable(b)
		case b.Extern.Kind == bpfobj.ExternKconfig && p.Loader.Externs.BuildHost:
			b.Unknown = buildHost
		case b.Extern.Kind == bpfobj.ExternKconfig:
			p.resolveKconfig(b)
		}
	}
	p.countKfuncs()
}

// buildHost is what decides the value of an option that is baked in.
const buildHost = "the machine that generates the skeleton"

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
	var room [4]btfgraph.ID
	for _, id := range btfgraph.AppendNamed(room[:0], k.Types, kind, b.Name) {
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
		for _, id := range btfgraph.AppendNamed(room[:0], g, kind, b.Name) {
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
