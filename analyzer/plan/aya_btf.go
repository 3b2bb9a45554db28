package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// placeAsListed gives the variables of a DATASEC without a size the offsets of
// the symbols of their names, and leaves them in the order of BTF (aya-obj
// src/btf/btf.rs, fixup_and_sanitize). It reports whether the DATASEC passes.
func (p *Plan) placeAsListed(ds *bpfobj.Datasec, symbols map[string]uint64) (placed bpfobj.Datasec, ok bool) {
	g := p.Object.Types
	placed = *ds
	placed.Vars = make([]bpfobj.DatasecVar, 0, len(ds.Vars))
	if ds.SizeBytes == 0 && ds.Section == 0 {
		p.refuse(datasec(ds, "has no size, and there is no section of that name"))
		return placed, false
	}
	for i := range g.Vlen(ds.ID) {
		e := g.VarSecinfo(ds.ID, i)
		v := bpfobj.DatasecVar{
			Var: e.Type, Name: g.Name(e.Type), Linkage: g.Linkage(e.Type),
			Offset: uint64(e.Offset), StoredOffset: uint64(e.Offset), SizeBytes: uint64(e.Size),
		}
		if ds.SizeBytes == 0 {
			offset, found := symbols[v.Name]
			switch {
			case g.Kind(e.Type) != btfgraph.KindVar:
				p.refuse(datasec(ds, "holds a %s where a VAR is due", g.Kind(e.Type)))
				return placed, false
			case v.Linkage == btfgraph.LinkageStatic:
			case !found:
				p.refuse(variable(ds, v.Name, "of section %q has no symbol", ds.Name))
				return placed, false
			default:
				v.Offset = offset
			}
		}
		placed.Vars = append(placed.Vars, v)
	}
	return placed, true
}

// symbolValues are the values of the symbols that a VAR may mean: those that
// are not local, and variables. The last of a name counts.
func (p *Plan) symbolValues() map[string]uint64 {
	values := make(map[string]uint64, len(p.Object.Symbols))
	for i := range p.Object.Symbols {
		if s := &p.Object.Symbols[i]; s.Binding != bpfobj.BindLocal || s.Type == sttObject {
			values[s.Name] = s.Value
		}
	}
	return values
}
