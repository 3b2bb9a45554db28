package bpfobj

import (
	"cmp"
	"debug/elf"
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Datasec is a DATASEC of the object's BTF beside the ELF section of its name.
type Datasec struct {
	Name string
	ID   btfgraph.ID
	// Section is the index of the first section of that name, 0 if there is
	// none: .ksyms and .kconfig have none.
	Section int
	// SizeBytes is the size as stored. clang stores 0, and only then takes
	// libbpf size and offsets from ELF (libbpf.c, btf_fixup_datasec).
	SizeBytes uint64
	// Vars are the entries by ascending Offset, as libbpf sorts them.
	Vars []DatasecVar
}

// DatasecVar is an entry of a DATASEC.
type DatasecVar struct {
	// Var is the entry's type: a VAR, in .ksyms a FUNC too; something else
	// only in odd BTF.
	Var     btfgraph.ID
	Name    string
	Linkage btfgraph.Linkage
	// Offset is the offset after libbpf's fix-up, StoredOffset and SizeBytes
	// the values in BTF, in bytes.
	Offset, StoredOffset, SizeBytes uint64
	// Symbol is the index of the first STT_OBJECT symbol of the entry's name
	// that is GLOBAL or WEAK, 0 if there is none. libbpf looks for it only if
	// Var is a VAR of global linkage (libbpf.c, find_elf_var_sym); so does
	// this package.
	Symbol int
}

// Datasecs returns the DATASECs of the object's BTF by ascending id; nil
// without sound BTF. Not to be modified.
func (o *Object) Datasecs() []Datasec { return o.datasecs }

// datasec returns the first DATASEC of that name, nil if there is none.
func (o *Object) datasec(name string) *Datasec {
	for i := range o.datasecs {
		if o.datasecs[i].Name == name {
			return &o.datasecs[i]
		}
	}
	return nil
}

// addDatasecs walks over the types once, and notes the VARs and FUNCs too.
func (r *reader) addDatasecs() {
	g := r.o.Types
	if g == nil {
		return
	}
	var datasecs []btfgraph.ID
	r.decls = btfgraph.AppendOfKinds(nil, g, 1<<btfgraph.KindVar|1<<btfgraph.KindFunc|1<<btfgraph.KindDatasec)
	r.decls = slices.DeleteFunc(r.decls, func(id btfgraph.ID) bool {
		if g.Kind(id) != btfgraph.KindDatasec {
			return false
		}
		datasecs = append(datasecs, id)
		return true
	})
	if len(datasecs) == 0 {
		return
	}
	symbols := r.objectSymbols()
	r.o.datasecs = make([]Datasec, len(datasecs))
	for i, id := range datasecs {
		r.o.datasecs[i] = r.readDatasec(id, symbols)
	}
}

func (r *reader) readDatasec(id btfgraph.ID, symbols map[string]int) Datasec {
	g := r.o.Types
	ds := Datasec{Name: g.Name(id), ID: id, SizeBytes: uint64(g.Size(id)), Vars: make([]DatasecVar, g.Vlen(id))}
	ds.Section = r.secByName[ds.Name]
	virtual := ds.Name == ".ksyms" || ds.Name == ".kconfig"
	for i := range ds.Vars {
		e := g.VarSecinfo(id, i)
		v := &ds.Vars[i]
		*v = DatasecVar{
			Var: e.Type, Name: g.Name(e.Type), Linkage: g.Linkage(e.Type),
			Offset: uint64(e.Offset), StoredOffset: uint64(e.Offset), SizeBytes: uint64(e.Size),
		}
		if virtual || g.Kind(e.Type) != btfgraph.KindVar || v.Linkage != btfgraph.LinkageGlobal {
			continue
		}
		v.Symbol = symbols[v.Name]
		if ds.SizeBytes == 0 && v.Symbol != 0 {
			v.Offset = r.o.Symbols[v.Symbol].Value
		}
	}
	byOffset := func(a, b DatasecVar) int { return cmp.Compare(a.Offset, b.Offset) }
	if !slices.IsSortedFunc(ds.Vars, byOffset) {
		slices.SortStableFunc(ds.Vars, byOffset)
	}
	return ds
}

// objectSymbols indexes the symbols of variables by name.
func (r *reader) objectSymbols() map[string]int {
	m := map[string]int{}
	for i := range r.o.Symbols {
		s := &r.o.Symbols[i]
		if s.Type != uint8(elf.STT_OBJECT) || s.Binding != BindGlobal && s.Binding != BindWeak {
			continue
		}
		if _, ok := m[s.Name]; !ok {
			m[s.Name] = i
		}
	}
	return m
}
