package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ExternFault is why a loader refuses the declaration of an extern.
type ExternFault string

// Reasons for which the declaration of an extern is refused.
const (
	// FaultNoBTF: the object's BTF does not declare the symbol.
	FaultNoBTF ExternFault = "no BTF"
	// FaultLinkage: BTF declares it, but not as extern.
	FaultLinkage ExternFault = "linkage"
	// FaultNoSection: BTF lists it in no section: __ksym or __kconfig is missing.
	FaultNoSection ExternFault = "no section"
	// FaultSection: BTF lists it in a section that holds no externs. It is
	// also a [Refusal], see [RefuseExternVariable].
	FaultSection ExternFault = "section"
	// FaultNoSymbol: .ksyms or .kconfig lists a name that is no undefined symbol.
	FaultNoSymbol ExternFault = "no symbol"
	// FaultFunction: a function in .kconfig.
	FaultFunction ExternFault = "function"
	// FaultCall: a call of something that is no kfunc cannot be linked.
	FaultCall ExternFault = "call"
	// FaultTyped: the loader knows no typed ksym variables. It is also a
	// [Refusal], see [RefuseTypedKsym].
	FaultTyped ExternFault = "typed"
	// FaultWeak: the loader knows no weak externs in .kconfig. It is also a
	// [Refusal], see [RefuseBinding].
	FaultWeak ExternFault = "weak"
	// FaultLoader: the loader resolves no externs. It is also a [Refusal], see
	// [RefuseExterns].
	FaultLoader ExternFault = "loader"
	// FaultType: the type is unfit for .kconfig.
	FaultType ExternFault = "type"
)

// Sections of externs (libbpf.c, KSYMS_SEC, KCONFIG_SEC).
const (
	ksymsSection   = ".ksyms"
	kconfigSection = ".kconfig"
)

// checkDeclaration reports whether the loader refuses the declaration, and
// notes why. A spec was opened already; what cannot be linked shows later.
func (p *Plan) checkDeclaration(b *ExternBinding) bool {
	switch {
	case p.Object.FromSpec:
		return !p.Loader.Externs.Strict && p.callFault(b)
	case p.Loader.Externs.None:
		return p.noneFault(b)
	}
	if p.Loader.Externs.Strict {
		b.Fault, b.Detail = p.strictFault(b.Extern)
		if b.Fault != "" {
			b.Scope, b.Stage = ScopeObject, StageOpen
		}
		return b.Fault != ""
	}
	return p.looseFault(b)
}

// strictFault follows libbpf.c, bpf_object__collect_externs.
func (p *Plan) strictFault(e *bpfobj.Extern) (fault ExternFault, detail string) {
	g := p.Object.Types
	if e.Symbol == 0 {
		if slices.ContainsFunc(p.Object.Externs, func(o *bpfobj.Extern) bool { return o.Symbol != 0 && o.Datasec == e.Datasec }) {
			return FaultNoSymbol, "section " + e.Datasec + " lists it, and it is no undefined symbol"
		}
		return "", ""
	}
	if g == nil {
		return FaultNoBTF, "the object has no BTF"
	}
	switch {
	case e.ID == btfgraph.Void:
		return FaultNoBTF, "no BTF declares it"
	case e.Linkage != btfgraph.LinkageExtern:
		return FaultLinkage, "BTF does not declare it as extern"
	case e.Datasec == "":
		return FaultNoSection, "it is in no section"
	case e.Datasec != ksymsSection && e.Datasec != kconfigSection:
		return FaultSection, "section " + e.Datasec + " holds no externs"
	case e.Datasec == kconfigSection && g.Kind(e.ID) == btfgraph.KindFunc:
		return FaultFunction, "a function has no value in .kconfig"
	case e.Datasec == kconfigSection:
		if problem := p.Loader.Externs.KconfigType(g, g.Ref(e.ID)); problem != "" {
			return FaultType, problem
		}
	}
	return "", ""
}

// looseFault follows cilium/ebpf: elf_reader.go, relocateInstruction and
// loadKsymsSection, btf/btf.go, fixupDatasec, asm/instruction.go,
// encodeFunctionReferences.
func (p *Plan) looseFault(b *ExternBinding) bool {
	e, g := b.Extern, p.Object.Types
	refuse := func(fault ExternFault, detail string) bool {
		b.Fault, b.Detail, b.Scope, b.Stage = fault, detail, ScopeObject, StageOpen
		return true
	}
	loads := slices.ContainsFunc(e.Refs, func(r bpfobj.ExternRef) bool { return r.Func.Insns[r.Insn].Op == bpfobj.LdImm64 })
	switch e.Kind {
	case bpfobj.ExternVar:
		if p.Loader.Externs.VoidOnly && g.Kind(g.Ref(e.ID)) != btfgraph.KindVoid {
			return refuse(FaultTyped, "its type is "+quote(spell(g, g.Ref(e.ID)))+", not \"void\"")
		}
	case bpfobj.ExternKconfig:
		if problem := p.Loader.Externs.KconfigType(g, g.Ref(e.ID)); problem != "" {
			return refuse(FaultType, problem)
		}
		if loads && e.Weak && p.Loader.Externs.NoWeakKconfig {
			return refuse(FaultWeak, "it is weak")
		}
	case bpfobj.ExternUnknown:
		if e.Datasec == kconfigSection {
			return refuse(FaultFunction, "a function has no value in .kconfig")
		}
	}
	return p.callFault(b)
}

// noneFault follows aya 0.14.0: aya-obj src/btf/btf.rs, fixup_and_sanitize, and
// src/relocation.rs, FunctionLinker::relocate.
func (p *Plan) noneFault(b *ExternBinding) bool {
	if b.Extern.Datasec == ksymsSection || b.Extern.Datasec == kconfigSection {
		b.Fault, b.Detail = FaultLoader, "no extern is resolved"
		b.Scope, b.Stage = ScopeObject, StageOpen
		return true
	}
	if !p.callFault(b) || len(b.Scope.Programs) == 0 {
		return false
	}
	b.Detail = "it is defined in no section"
	if slices.ContainsFunc(b.Extern.Refs, func(r bpfobj.ExternRef) bool { return r.Call && r.Insn > 0 && len(p.facts.usedBy[r.Func]) > 0 }) {
		b.Scope = ScopeObject // the first instruction calls itself instead
	}
	return true
}

// callFault finds calls of what no section declares as a kfunc.
func (p *Plan) callFault(b *ExternBinding) bool {
	if b.Extern.Kind == bpfobj.ExternFunc {
		return false
	}
	var calls []*bpfobj.Function
	for _, r := range b.Extern.Refs {
		if insn := r.Func.Insns[r.Insn]; insn.IsCall() && insn.Src == bpfobj.PseudoCall {
			calls = append(calls, r.Func)
		}
	}
	if len(calls) == 0 {
		return false
	}
	b.Fault, b.Detail = FaultCall, "no section .ksyms declares it"
	b.Scope, b.Stage = p.ScopeOfFunctions(calls...), StageLoad
	return true
}
