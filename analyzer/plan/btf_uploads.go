package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// checkStructFields finds structs for which the kernel refuses BTF, in what
// each loader hands over: the whole, or what a map or a program needs
// (cilium/ebpf btf/marshal.go, MarshalMapKV; btf/ext_info.go, MarshalExtInfos).
func (p *Plan) checkStructFields() {
	if !p.facts.special {
		return
	}
	rules := p.fieldRulesOf()
	if rules == nil {
		return
	}
	s := &structFields{g: p.Object.Types, rules: rules, contains: containsTags(p.Object.Types)}
	if p.Loader.Object.WholeBTF {
		p.refuseStruct(s.fault(), p.scopeOfBTF(Scope{}))
		return
	}
	for i := range p.Maps {
		for mp := &p.Maps[i]; mp != nil && p.Maps[i].Created; mp = mp.Inner {
			if s.in = typesOf(s.g, mapTypeRoots(s.g, mp)...); len(s.in) > 0 {
				p.refuseStruct(s.fault(), p.ScopeOfMap(mp.Map))
			}
		}
	}
	for i := range p.Object.Programs {
		if p.leftOut(i) {
			continue
		}
		if s.in = typesOf(s.g, p.programTypeRoots(i)...); len(s.in) > 0 {
			p.refuseStruct(s.fault(), Scope{Programs: []string{p.Object.Programs[i].Name}})
		}
	}
}

// refuseStruct notes a struct, once for all that hand it over.
func (p *Plan) refuseStruct(fault structFault, scope Scope) {
	if fault.id == btfgraph.Void {
		return
	}
	for i := range p.BTFProblems {
		if b := &p.BTFProblems[i]; b.Struct == fault.id && b.Detail == fault.detail {
			b.Scope = p.ordered(b.Scope.union(scope))
			return
		}
	}
	subject := "a struct without a name"
	if name := p.Object.Types.Name(fault.id); name != "" {
		subject = fmt.Sprintf("struct %q", name)
	}
	p.BTFProblems = append(p.BTFProblems, BTFProblem{Struct: fault.id, Subject: subject, Detail: fault.detail, Scope: scope})
}

// mapTypeRoots are the types of a map's key and value.
func mapTypeRoots(g btfgraph.Graph, mp *MapPlan) []btfgraph.ID {
	switch mp.Map.Kind {
	case bpfobj.MapBTF:
		return []btfgraph.ID{mp.Def.KeyType, mp.Def.ValueType}
	case bpfobj.MapLegacy, bpfobj.MapOther:
		return nil
	}
	if g.Kind(mp.Map.Var) == btfgraph.KindVar {
		return []btfgraph.ID{g.Ref(mp.Map.Var)}
	}
	return []btfgraph.ID{mp.Map.Var}
}

// programTypeRoots are the functions of a program that have records, and the
// types whose local ids it asks for.
func (p *Plan) programTypeRoots(i int) []btfgraph.ID {
	linked := make(map[*bpfobj.Function]bool)
	var roots []btfgraph.ID
	for _, f := range p.Object.Programs[i].Reachable() {
		linked[f] = true
		if p.facts.recorded[f] && f.Type != btfgraph.Void {
			roots = append(roots, f.Type)
		}
	}
	for j := range p.Object.CORE {
		if r := &p.Object.CORE[j]; COREKind(r.Kind) == CORELocalTypeID && linked[r.Func] {
			roots = append(roots, r.Type)
		}
	}
	return roots
}

// typesOf are the types that others refer to, at any distance.
func typesOf(g btfgraph.Graph, roots ...btfgraph.ID) map[btfgraph.ID]bool {
	all := make(map[btfgraph.ID]bool)
	for len(roots) > 0 {
		id := roots[len(roots)-1]
		roots = roots[:len(roots)-1]
		if id == btfgraph.Void || all[id] {
			continue
		}
		all[id] = true
		switch g.Kind(id) {
		case btfgraph.KindArray:
			a := g.Array(id)
			roots = append(roots, a.Elem, a.Index)
		case btfgraph.KindStruct, btfgraph.KindUnion:
			for i := range g.Vlen(id) {
				roots = append(roots, g.Member(id, i).Type)
			}
		case btfgraph.KindFuncProto:
			roots = append(roots, g.Ref(id))
			for i := range g.Vlen(id) {
				roots = append(roots, g.Param(id, i).Type)
			}
		case btfgraph.KindDatasec:
			for i := range g.Vlen(id) {
				roots = append(roots, g.VarSecinfo(id, i).Type)
			}
		default:
			roots = append(roots, g.Ref(id))
		}
	}
	return all
}

// checkTypedMaps finds the maps that need types, where the loader goes on
// without BTF after the kernel refused it (kernel/bpf/bpf_local_storage.c,
// bpf_local_storage_map_alloc_check).
func (p *Plan) checkTypedMaps() {
	if p.Kernel == nil || !p.losesBTF() {
		return
	}
	for i := range p.Maps {
		mp := &p.Maps[i]
		shape, _ := shapeOf(mp.Def.Type)
		if !mp.Created || !shape.types || mp.Def.KeyType == 0 || mp.Def.ValueType == 0 {
			continue
		}
		mp.Problems = append(slices.Clip(mp.Problems), MapProblem{
			Attribute: "types", Types: true,
			Detail: fmt.Sprintf("are lost as the kernel refuses the object's BTF, and %s needs them", shape.what),
		})
	}
}
