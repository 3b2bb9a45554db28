package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// BTFProblem is a part of the object's BTF that the kernel refuses.
type BTFProblem struct {
	// Func is the function that the part belongs to; nil for a section, whose
	// map Map is.
	Func *bpfobj.Function
	Map  *bpfobj.Map
	// Subject and Detail make the complaint in one clause.
	Subject, Detail string
	// Record tells that the function's record is missing: not the types are
	// refused, but the program that links the function.
	Record bool
	// Scope is what the refusal takes down; nothing, if the loader goes on
	// without BTF ([FunctionPolicy.OptionalBTF]).
	Scope Scope
}

// checkUploadedBTF finds functions with unnamed parameters, which the kernel
// refuses since 5.0 (kernel/bpf/btf.c, btf_func_check), and data sections
// without variables, which it accepts since 5.12, the version of helper
// check_mtu (btf_datasec_check_meta). Where the loader hands the whole BTF over,
// any function counts; otherwise those that programs link, and the sections
// whose maps are created.
func (p *Plan) checkUploadedBTF() {
	g := p.Object.Types
	if g == nil || p.Kernel == nil {
		return
	}
	whole := p.Loader.Object.WholeBTF
	for _, f := range p.Object.Functions {
		if !p.facts.unnamed {
			break
		}
		if f.Type == btfgraph.Void || !unnamedParam(g, f.Type) || !whole && len(p.facts.usedBy[f]) == 0 {
			continue
		}
		p.BTFProblems = append(p.BTFProblems, BTFProblem{
			Func: f, Subject: fmt.Sprintf("function %q", f.Name), Detail: "has a parameter without a name",
			Scope: p.scopeOfBTF(p.ScopeOfFunctions(f)),
		})
		if whole {
			break // one is enough
		}
	}
	p.checkFunctionRecords()
	if p.enumerator("bpf_func_id", "BPF_FUNC_check_mtu") != Unsupported {
		return
	}
	for i := range p.Maps {
		m := p.Maps[i].Map
		if g.Kind(m.Var) != btfgraph.KindDatasec || g.Vlen(m.Var) != 0 || !p.Maps[i].Created {
			continue
		}
		p.BTFProblems = append(p.BTFProblems, BTFProblem{
			Map: m, Subject: fmt.Sprintf("section %q", m.SectionName), Detail: "has no variables",
			Scope: p.scopeOfBTF(p.ScopeOfMap(m)),
		})
	}
}

// checkFunctionRecords finds functions without a record in .BTF.ext: those in
// assembler, for one. A program that has a record itself needs one for every
// function that it links: libbpf gives up (libbpf.c,
// reloc_prog_func_and_line_info, "missing .BTF.ext function info"), the kernel
// counts them (kernel/bpf/check_btf.c, check_btf_func_early, "number of funcs in
// func_info doesn't match number of subprogs").
func (p *Plan) checkFunctionRecords() {
	if p.Object.FromSpec {
		return
	}
	recorded := p.facts.recorded
	for _, f := range p.Object.Functions {
		if recorded[f] || f.Program != nil {
			continue
		}
		var scope Scope
		for _, i := range p.facts.usedBy[f] {
			if prog := p.Object.Programs[i]; recorded[prog.Function] && !p.leftOut(i) {
				scope.Programs = append(scope.Programs, prog.Name)
			}
		}
		if !scope.Empty() {
			p.BTFProblems = append(p.BTFProblems, BTFProblem{
				Func: f, Subject: fmt.Sprintf("function %q", f.Name), Detail: "has no record in .BTF.ext", Record: true, Scope: scope,
			})
		}
	}
}

// scopeOfBTF is what refused BTF takes down, if per is what needs the part.
func (p *Plan) scopeOfBTF(per Scope) Scope {
	switch {
	case !p.Loader.Object.WholeBTF:
		return per
	case p.NeedsBTF():
		return ScopeObject
	}
	return Scope{}
}
