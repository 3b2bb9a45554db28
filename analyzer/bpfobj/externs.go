package bpfobj

import "github.com/btflint/btflint/analyzer/btfgraph"

// addExterns collects undefined symbols and what .ksyms and .kconfig list
// (libbpf.c, bpf_object__collect_externs).
func (r *reader) addExterns() {
	o := r.o
	var index *externIndex
	r.externBySym = map[int]*Extern{}
	names := map[string]bool{}
	for i := range o.Symbols {
		sym := &o.Symbols[i]
		if !sym.extern() || sym.Name == "" {
			continue
		}
		e := &Extern{Name: sym.Name, Weak: sym.Binding == BindWeak, Symbol: i, Linkage: btfgraph.LinkageExtern}
		if o.Types != nil {
			if index == nil {
				index = r.indexExterns()
			}
			if id := index.ids[sym.Name]; id != btfgraph.Void {
				e.describe(o.Types, id, index.datasecs[id])
			}
		}
		names[e.Name] = true
		r.externBySym[i] = e
		o.Externs = append(o.Externs, e)
	}
	for i := range o.datasecs {
		ds := &o.datasecs[i]
		if ds.Name != ".ksyms" && ds.Name != ".kconfig" {
			continue
		}
		for k := range ds.Vars {
			v := &ds.Vars[k]
			if names[v.Name] {
				continue
			}
			names[v.Name] = true
			e := &Extern{Name: v.Name}
			e.describe(o.Types, v.Var, ds.Name)
			o.Externs = append(o.Externs, e)
		}
	}
}

// describe fills in what BTF says of the extern: id is its FUNC or VAR, which
// the DATASEC of that name lists ("" if none does).
func (e *Extern) describe(g btfgraph.Graph, id btfgraph.ID, datasec string) {
	e.ID, e.Datasec, e.Linkage = id, datasec, g.Linkage(id)
	e.Type = g.Ref(id)
	kind := g.Kind(id)
	if kind == btfgraph.KindVar && btfgraph.SkipModsAndTypedefs(g, e.Type) == btfgraph.Void {
		e.Type = btfgraph.Void
	}
	switch {
	case datasec == ".ksyms" && kind == btfgraph.KindFunc:
		e.Kind = ExternFunc
	case datasec == ".ksyms" && kind == btfgraph.KindVar:
		e.Kind = ExternVar
	case datasec == ".kconfig" && kind == btfgraph.KindVar:
		e.Kind = ExternKconfig
	}
}

// externIndex finds an extern in BTF as libbpf does: the first VAR or FUNC of
// its name, whatever its linkage (find_extern_btf_id), and the first DATASEC
// that lists it (find_extern_sec_btf_id).
type externIndex struct {
	ids      map[string]btfgraph.ID
	datasecs map[btfgraph.ID]string
}

func (r *reader) indexExterns() *externIndex {
	o, g := r.o, r.o.Types
	x := &externIndex{ids: map[string]btfgraph.ID{}, datasecs: map[btfgraph.ID]string{}}
	for i := range o.Symbols {
		if o.Symbols[i].extern() {
			x.ids[o.Symbols[i].Name] = btfgraph.Void
		}
	}
	for _, id := range r.decls {
		name := g.Name(id)
		if old, wanted := x.ids[name]; wanted && old == btfgraph.Void && name != "" {
			x.ids[name] = id
		}
	}
	for i := range o.datasecs {
		for _, v := range o.datasecs[i].Vars {
			if _, ok := x.datasecs[v.Var]; !ok {
				x.datasecs[v.Var] = o.datasecs[i].Name
			}
		}
	}
	return x
}
