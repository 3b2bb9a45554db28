package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// FunctionPolicy is what a loader does with the linkage of functions.
type FunctionPolicy struct {
	// HiddenStatic: a hidden function in .text is given static linkage in the
	// BTF that is uploaded (libbpf.c, sanitize_and_load_btf and mark_btf_static).
	HiddenStatic bool
	// OptionalBTF: if the kernel refuses the object's BTF, an object without
	// struct_ops maps is loaded without it, and all functions count as static
	// (libbpf.c, bpf_object__sanitize_and_load_btf).
	OptionalBTF bool
	// ExceptionCallbacks: the loader links the function that a program's
	// "exception_callback:" tag names into the program.
	ExceptionCallbacks bool
}

// FunctionPlan is what the kernel makes of a function's BTF.
type FunctionPlan struct {
	Func *bpfobj.Function
	// Linkage is that of the FUNC in the BTF that is uploaded.
	Linkage btfgraph.Linkage
	// Verified are the programs in which the kernel certainly verifies the
	// function on its own, for arguments that it does not know; MayVerify
	// those in which it does if a path reaches a call. Both are empty unless
	// the function is a GLOBAL subprogram.
	Verified, MayVerify Scope
	// Problems are what keeps the kernel from verifying the function on its own.
	Problems []FunctionProblem
	// Callbacks are the places where its address is taken.
	Callbacks []CallbackUse
}

// FunctionProblem is a part of a GLOBAL function's prototype that the kernel
// refuses (kernel/bpf/btf.c, btf_prepare_func_args).
type FunctionProblem struct {
	// Param is the number of the parameter, 0-based; -1 is the return value,
	// -2 the number of parameters.
	Param int
	// Name and Type spell the parameter.
	Name, Type string
	// Detail is the complaint in one clause.
	Detail string
	// Sure is false if the target's BTF does not tell whether its kernel
	// accepts the construct.
	Sure bool
}

// CallbackUse is an instruction that takes a function's address.
type CallbackUse struct {
	Func *bpfobj.Function // that takes it
	Insn int
	// Certain are the programs that execute the instruction on every path,
	// Possible the others that link it.
	Certain, Possible Scope
	// Unsupported tells that the kernel does not know function addresses in
	// programs at all: BPF_PSEUDO_FUNC, since 5.13.
	Unsupported bool
}

// checkFunctions decides which functions the kernel verifies on their own and
// what it makes of their prototypes (verifier.c, do_check_subprogs and
// do_check_common).
func (p *Plan) checkFunctions() {
	p.Functions = make([]FunctionPlan, len(p.Object.Functions))
	byFunc := make(map[*bpfobj.Function]*FunctionPlan, len(p.Object.Functions))
	for i, f := range p.Object.Functions {
		fp := &p.Functions[i]
		*fp = FunctionPlan{Func: f, Linkage: p.submittedLinkage(f)}
		byFunc[f] = fp
	}
	lacksFunc := p.lacksPseudoFunc()
	for _, f := range p.Object.Functions {
		if len(p.facts.usedBy[f]) == 0 {
			continue
		}
		for i := range f.Refs {
			ref := &f.Refs[i]
			if ref.Kind == bpfobj.RefFuncAddr && ref.Func != nil {
				use := CallbackUse{Func: f, Insn: ref.Insn, Unsupported: lacksFunc}
				use.Certain, use.Possible = p.executedBy(f, ref.Insn)
				byFunc[ref.Func].Callbacks = append(byFunc[ref.Func].Callbacks, use)
			}
		}
	}
	p.verifyGlobals(byFunc)
}

// submittedLinkage is a function's linkage in the BTF that the kernel gets.
func (p *Plan) submittedLinkage(f *bpfobj.Function) btfgraph.Linkage {
	linkage := f.Linkage(p.Object.Types)
	if linkage == btfgraph.LinkageGlobal && f.Hidden && f.SectionName == ".text" && p.Loader.Functions.HiddenStatic {
		return btfgraph.LinkageStatic
	}
	return linkage
}

// lacksPseudoFunc reports whether the kernel certainly has no function
// addresses in programs. They came with the first helper that takes one.
func (p *Plan) lacksPseudoFunc() bool {
	return p.enumerator("bpf_func_id", "BPF_FUNC_for_each_map_elem") == Unsupported
}

// verifyGlobals finds the GLOBAL subprograms and where they are called.
//
// Since 6.8 the kernel verifies those that a path calls (verifier.c,
// do_check_subprogs, which asks bpf_func_info_aux.called); before, all that
// the program holds.
func (p *Plan) verifyGlobals(byFunc map[*bpfobj.Function]*FunctionPlan) {
	lazy, knowsGlobals := p.hasMember("bpf_func_info_aux", "called")
	for _, f := range p.Object.Functions {
		fp := byFunc[f]
		if f.Program != nil || fp.Linkage != btfgraph.LinkageGlobal || f.Type == btfgraph.Void {
			continue
		}
		fp.Problems = p.prototypeProblems(f)
		if len(fp.Problems) == 0 {
			continue
		}
		called := p.certainlyCalled(f)
		for _, i := range p.facts.usedBy[f] {
			prog := p.Object.Programs[i]
			if f == prog.Function || p.leftOut(i) {
				continue
			}
			if knowsGlobals && (!lazy || called[prog]) && p.keepsBTF() {
				fp.Verified.Programs = append(fp.Verified.Programs, prog.Name)
			} else {
				fp.MayVerify.Programs = append(fp.MayVerify.Programs, prog.Name)
			}
		}
	}
}

// certainlyCalled are the programs that call a function on every path.
func (p *Plan) certainlyCalled(f *bpfobj.Function) map[*bpfobj.Program]bool {
	called := make(map[*bpfobj.Program]bool)
	for _, i := range p.facts.usedBy[f] {
		prog := p.Object.Programs[i]
		_, called[prog] = p.straight(prog)[f]
	}
	return called
}

// keepsBTF reports whether the kernel certainly gets the object's function
// records. A loader for which BTF is optional goes on without it if the kernel
// refuses it: for a FUNC with an unnamed parameter (kernel/bpf/btf.c,
// btf_func_check), for an empty DATASEC, for an extern that is left over.
func (p *Plan) keepsBTF() bool {
	if p.Object.Types == nil || p.Object.ExtErr != nil {
		return false
	}
	if p.NeedsBTF() {
		return true
	}
	return !p.facts.unnamed && !p.facts.empty && len(p.facts.strayExterns) == 0
}

// NeedsBTF reports whether the object is not loaded at all if the kernel
// refuses its BTF.
func (p *Plan) NeedsBTF() bool { return !p.Loader.Functions.OptionalBTF || p.hasStructOps() }

// StrayExterns are the extern FUNCs of the object's BTF that no DATASEC
// ".ksyms" lists. A loader that uploads the whole BTF hands them to the kernel
// as they are, which refuses the linkage (kernel/bpf/btf.c,
// btf_func_check_meta); those in .ksyms libbpf makes global before.
func (p *Plan) StrayExterns() []btfgraph.ID { return p.facts.strayExterns }
