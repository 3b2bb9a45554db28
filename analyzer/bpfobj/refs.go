package bpfobj

import (
	"debug/elf"
	"sort"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

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

// addRefs classifies the relocations of all executable sections and the calls
// that need none (libbpf.c, bpf_program__record_reloc and
// bpf_object__reloc_code; cilium/ebpf elf_reader.go, relocateInstruction).
func (r *reader) addRefs() {
	n := 0
	for i := range r.spans {
		if r.spans[i].hi > r.spans[i].lo {
			n += len(r.o.Sections[i].Relocs)
		}
	}
	r.refs = make([]Ref, 0, n+n/4+8)
	for i := range r.spans {
		if r.spans[i].hi > r.spans[i].lo {
			r.addSectionRefs(i)
		}
	}
	r.o.linkRefs()
}

// addSectionRefs visits the functions of a section in order, with the
// relocations of each. A relocation belongs to one function only.
func (r *reader) addSectionRefs(section int) {
	s := &r.o.Sections[section]
	funcs := r.o.Functions[r.spans[section].lo:r.spans[section].hi]
	for i, f := range funcs {
		end := f.Offset + uint64(len(f.Insns))*slotSize
		if i+1 < len(funcs) && funcs[i+1].Offset < end {
			end = funcs[i+1].Offset
		}
		lo := sort.Search(len(s.Relocs), func(k int) bool { return s.Relocs[k].Offset >= f.Offset })
		hi := lo
		for hi < len(s.Relocs) && s.Relocs[hi].Offset < end {
			hi++
		}
		r.addFunctionRefs(f, end, s.Relocs[lo:hi])
	}
}

// addFunctionRefs walks the slots of a function up to the section offset end.
func (r *reader) addFunctionRefs(f *Function, end uint64, relocs []Reloc) {
	start, off := len(r.refs), f.Offset
	for i := 0; off < end; i, off = i+1, off+slotSize {
		insn, relocated := &f.Insns[i], false
		for len(relocs) > 0 && relocs[0].Offset < off+slotSize {
			// An offset inside of a slot is for no loader (collect_prog_relos).
			if relocs[0].Offset == off {
				r.refs = append(r.refs, r.classify(f, i, relocs[0].Symbol))
				relocated = true
			}
			relocs = relocs[1:]
		}
		if !relocated && insn.Src == PseudoCall && insn.IsCall() {
			to := int64(off) + (int64(insn.Imm)+1)*slotSize
			r.refs = append(r.refs, Ref{Insn: i, Kind: RefCall, Symbol: -1, Offset: to, Func: r.at(f.Section, uint64(to))})
		}
	}
	if end := len(r.refs); end > start {
		f.Refs = r.refs[start:end:end]
	}
}

// classify says what the relocated slot i of f refers to.
func (r *reader) classify(f *Function, i, symbol int) Ref {
	ref := Ref{Insn: i, Symbol: symbol}
	insn := f.Insns[i]
	if symbol >= len(r.o.Symbols) || !insn.IsCall() && insn.Op != LdImm64 {
		return ref
	}
	sym := &r.o.Symbols[symbol]
	if sym.extern() {
		if ref.Extern = r.externBySym[symbol]; ref.Extern != nil {
			ref.Kind = RefExtern
		}
		return ref
	}
	if sym.Section <= 0 || sym.Section >= len(r.o.Sections) {
		return ref
	}
	target := &r.o.Sections[sym.Section]
	switch {
	case target.Executable() && insn.IsCall():
		if insn.Src == PseudoCall {
			ref.Kind = RefCall
			ref.Offset = int64(sym.Value) + (int64(insn.Imm)+1)*slotSize
			ref.Func = r.at(sym.Section, uint64(ref.Offset))
		}
	case insn.IsCall():
	case target.Executable():
		ref.Kind = RefFuncAddr
		ref.Offset = int64(sym.Value) + int64(insn.Imm)
		ref.Func = r.at(sym.Section, uint64(ref.Offset))
	case r.mapAt[place{sym.Section, sym.Value}] != nil:
		ref.Kind = RefMap
		ref.Map = r.mapAt[place{sym.Section, sym.Value}]
	case r.dataMaps != nil && r.dataMaps[sym.Section] != nil:
		ref.Kind = RefData
		ref.Map = r.dataMaps[sym.Section]
		ref.Offset = int64(sym.Value) + int64(insn.Imm)
	}
	return ref
}

// extern reports what libbpf resolves as an extern (libbpf.c, sym_is_extern).
func (s *Symbol) extern() bool {
	return s.Section == int(elf.SHN_UNDEF) && s.Type == uint8(elf.STT_NOTYPE) &&
		(s.Binding == BindGlobal || s.Binding == BindWeak)
}

// linkRefs records at maps and externs which functions use them.
func (o *Object) linkRefs() {
	var kconfig *Map
	for _, m := range o.Maps {
		if m.Kind == MapKconfig {
			kconfig = m
		}
	}
	for _, f := range o.Functions {
		for i := range f.Refs {
			ref := &f.Refs[i]
			m := ref.Map
			if e := ref.Extern; e != nil {
				e.Refs = append(e.Refs, ExternRef{Func: f, Insn: ref.Insn, Call: f.Insns[ref.Insn].IsCall()})
				if e.Kind == ExternKconfig {
					m = kconfig
				}
			}
			if m != nil && (len(m.Refs) == 0 || m.Refs[len(m.Refs)-1] != f) {
				m.Refs = append(m.Refs, f)
			}
		}
	}
}
