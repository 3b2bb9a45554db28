package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// checkDatasecs compares the DATASECs with sections and symbols, and with what
// the kernel accepts if they are uploaded. It returns the sections whose
// variables cannot be located: what else is wrong with them follows from that.
func (p *Plan) checkDatasecs() (unsound map[int]bool) {
	unsound = make(map[int]bool)
	fatal := p.Loader.Object.WholeBTF && p.NeedsBTF()
	var index *sectionIndex
	var symbols map[string]uint64
	if p.Loader.Object.SymbolsInSection {
		index = indexSections(p.Object)
	}
	if p.Loader.Object.AsListed {
		symbols = p.symbolValues()
	}
	seen := make(map[string]bool)
	externs := make(map[string]bool, len(p.Object.Externs)) // see checkExternVariables
	for _, e := range p.Object.Externs {
		externs[e.Name] = e.Symbol != 0
	}
	for _, ds := range p.Object.Datasecs() {
		if ds.Name == ".ksyms" || ds.Name == ".kconfig" || declared(&ds, externs) {
			continue
		}
		var sound bool
		switch {
		case index != nil:
			sound = p.matchBySection(&ds, index, externs)
		case symbols != nil:
			ds, sound = p.placeAsListed(&ds, symbols)
		default:
			sound = p.matchByName(&ds)
		}
		switch {
		case !sound:
			unsound[ds.Section] = true
		case p.Loader.Object.WholeBTF:
			p.checkUpload(&ds, fatal, ScopeObject, externs)
		case index != nil && index.data[ds.Section] != nil && index.places(&ds):
			placed := p.placeBySection(&ds, index)
			p.checkUpload(&placed, true, p.ScopeOfMap(index.data[ds.Section]), externs)
		}
		if !seen[ds.Name] {
			seen[ds.Name] = true
			p.checkSymbols(&ds)
		}
	}
	return unsound
}

// declared reports whether a DATASEC holds nothing but externs, so that there
// is no section of its name.
func declared(ds *bpfobj.Datasec, externs map[string]bool) bool {
	for _, v := range ds.Vars {
		if !externs[v.Name] {
			return false
		}
	}
	return len(ds.Vars) > 0
}

// variable starts a refusal about a variable of a DATASEC.
func variable(ds *bpfobj.Datasec, name, format string, args ...any) Refusal {
	return Refusal{
		Code: RefuseVariable, Scope: ScopeObject, Section: ds.Section,
		Symbol: "variable " + name, Detail: fmt.Sprintf(format, args...),
	}
}

// datasec starts a refusal about a DATASEC as a whole.
func datasec(ds *bpfobj.Datasec, format string, args ...any) Refusal {
	return Refusal{
		Code: RefuseVariable, Scope: ScopeObject, Section: ds.Section,
		Symbol: "section " + ds.Name, Subject: fmt.Sprintf("DATASEC %q", ds.Name), Detail: fmt.Sprintf(format, args...),
	}
}

// matchByName fixes a DATASEC up as libbpf does (libbpf.c, btf_fixup_datasec).
// It reports whether the DATASEC passes.
func (p *Plan) matchByName(ds *bpfobj.Datasec) bool {
	if ds.SizeBytes == 0 {
		switch {
		case ds.Section == 0:
			p.refuse(datasec(ds, "has no size, and there is no section of that name"))
			return false
		case p.Object.Sections[ds.Section].Size == 0:
			p.refuse(datasec(ds, "belongs to an empty section"))
			return false
		}
	}
	for _, v := range ds.Vars {
		if kind := p.Object.Types.Kind(v.Var); kind != btfgraph.KindVar {
			p.refuse(datasec(ds, "holds a %s where a VAR is due", kind))
			return false
		}
		if v.Linkage == btfgraph.LinkageGlobal && v.Symbol == 0 {
			p.refuse(variable(ds, v.Name, "of section %q has no global symbol", ds.Name))
			return false
		}
	}
	return true
}

// matchBySection fixes up the DATASECs that cilium/ebpf cannot do without
// (btf/btf.go, fixupDatasec) and compares the variables of data sections
// (elf_reader.go, loadDataSections).
func (p *Plan) matchBySection(ds *bpfobj.Datasec, index *sectionIndex, externs map[string]bool) bool {
	if ds.Section == 0 {
		return true // no section, no map
	}
	s := &p.Object.Sections[ds.Section]
	if ds.Name == ".maps" || p.isStructOpsSection(s) {
		for _, v := range ds.Vars {
			if ds.SizeBytes == 0 && !externs[v.Name] && index.symbols[place{ds.Section, v.Name}] == 0 {
				p.refuse(variable(ds, v.Name, "of section %q has no symbol there", ds.Name))
				return false
			}
		}
		return true
	}
	if !p.Loader.Object.DataVariables || index.data[ds.Section] == nil || !index.places(ds) {
		return true
	}
	refusals := len(p.Refusals)
	for _, v := range ds.Vars {
		sym := index.symbols[place{ds.Section, v.Name}]
		if sym == 0 || p.Object.Symbols[sym].Binding == bpfobj.BindLocal || p.Object.Symbols[sym].Hidden() {
			continue
		}
		y := &p.Object.Symbols[sym]
		switch {
		case y.Value > s.Size || y.Size > s.Size-y.Value:
			p.refuse(variable(ds, v.Name, "ends beyond the %d bytes of section %q", s.Size, ds.Name))
		case ds.SizeBytes != 0 && v.StoredOffset != y.Value:
			p.refuse(variable(ds, v.Name, "has offset %d bytes in BTF, %d in the symbol table", v.StoredOffset, y.Value))
		case v.SizeBytes != y.Size:
			p.refuse(variable(ds, v.Name, "has %d bytes in BTF, %d in the symbol table", v.SizeBytes, y.Size))
		}
	}
	return len(p.Refusals) == refusals
}

// placeBySection gives the variables of a DATASEC without a size the offsets of
// the symbols of their names in the section, static ones too (cilium/ebpf
// btf/btf.go, fixupDatasec). The package's own offsets are libbpf's.
func (p *Plan) placeBySection(ds *bpfobj.Datasec, index *sectionIndex) bpfobj.Datasec {
	placed := *ds
	if ds.SizeBytes != 0 {
		return placed
	}
	placed.Vars = slices.Clone(ds.Vars)
	for i := range placed.Vars {
		v := &placed.Vars[i]
		if sym := index.symbols[place{ds.Section, v.Name}]; sym != 0 {
			v.Offset = p.Object.Symbols[sym].Value
		}
	}
	slices.SortStableFunc(placed.Vars, func(a, b bpfobj.DatasecVar) int { return cmp.Compare(a.Offset, b.Offset) })
	return placed
}

// place names a symbol of a section.
type place struct {
	section int
	name    string
}

// sectionIndex is what matchBySection looks up.
type sectionIndex struct {
	symbols map[place]int       // the last symbol of that name in the section
	data    map[int]*bpfobj.Map // by section that becomes a map of data
}

// places reports whether the variables of a DATASEC get offsets. If one has no
// symbol, or one beyond 32 bits, the map of the section does without BTF
// (cilium/ebpf btf/btf.go, symbolOffsets; elf_reader.go, loadDataSections).
func (x *sectionIndex) places(ds *bpfobj.Datasec) bool {
	return ds.SizeBytes != 0 || !slices.ContainsFunc(ds.Vars, func(v bpfobj.DatasecVar) bool {
		return x.symbols[place{ds.Section, v.Name}] == 0
	})
}

func indexSections(o *bpfobj.Object) *sectionIndex {
	index := &sectionIndex{symbols: make(map[place]int, len(o.Symbols)), data: make(map[int]*bpfobj.Map)}
	for i := range o.Symbols {
		if s := &o.Symbols[i]; i > 0 && s.Name != "" && s.Value <= math.MaxUint32 {
			index.symbols[place{s.Section, s.Name}] = i
		}
	}
	for _, m := range o.Maps {
		if m.Kind == bpfobj.MapData || m.Kind == bpfobj.MapRodata || m.Kind == bpfobj.MapBss {
			index.data[m.Section] = m
		}
	}
	return index
}

// checkUpload finds what the kernel refuses in a DATASEC of uploaded BTF
// (kernel/bpf/btf.c, btf_datasec_check_meta, btf_datasec_resolve,
// btf_var_resolve). The entries come sorted, and size and offsets as the
// loader uploads them.
func (p *Plan) checkUpload(ds *bpfobj.Datasec, fatal bool, scope Scope, externs map[string]bool) {
	report := func(r Refusal) {
		r.Stage, r.Scope = StageLoad, scope
		if fatal {
			p.refuse(r)
			return
		}
		p.note(r)
	}
	if !printable(ds.Name) {
		r := datasec(ds, "has a name that the kernel does not take")
		r.Code = RefuseDatasecName
		report(r)
	}
	size := ds.SizeBytes
	if size == 0 && ds.Section != 0 {
		size = p.Object.Sections[ds.Section].Size
	}
	structOps := ds.Section != 0 && p.isStructOpsSection(&p.Object.Sections[ds.Section])
	end := uint64(0)
	for i, v := range ds.Vars {
		typeSize, ok := btfgraph.SizeOf(p.Object.Types, v.Var)
		switch {
		case externs[v.Name] && !p.Loader.Externs.None:
		case v.Linkage == btfgraph.LinkageExtern:
			report(variable(ds, v.Name, "of section %q is extern", ds.Name))
		case !ok:
			report(variable(ds, v.Name, "of section %q has a type without a size", ds.Name))
		case v.SizeBytes == 0:
			report(variable(ds, v.Name, "of section %q has no bytes", ds.Name))
		case v.SizeBytes < typeSize && p.Loader.Object.WholeBTF && v.Var < ds.ID:
			// A VAR behind its DATASEC the kernel does not compare: it goes on
			// with the next one once the VAR is resolved.
			report(variable(ds, v.Name, "has %d bytes in section %q, its type %d", v.SizeBytes, ds.Name, typeSize))
		case v.Offset > size || v.SizeBytes > size-v.Offset:
			if structOps {
				continue // see checkStructOpsVariable
			}
			report(variable(ds, v.Name, "at offset %d bytes ends beyond the %d bytes of section %q", v.Offset, size, ds.Name))
		case v.Offset < end && p.Loader.Object.AsListed && v.Offset+v.SizeBytes <= ds.Vars[i-1].Offset:
			report(variable(ds, v.Name, "at offset %d bytes is listed behind %q of section %q, and {loader} does not sort", v.Offset, ds.Vars[i-1].Name, ds.Name))
		case v.Offset < end:
			report(variable(ds, v.Name, "overlaps %q in section %q", ds.Vars[i-1].Name, ds.Name))
		}
		end = max(end, v.Offset+v.SizeBytes)
	}
}

// printable reports whether every character of a section's name is printable
// (kernel/bpf/btf.c, btf_name_valid_section).
func printable(name string) bool {
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return false
		}
	}
	return name != ""
}

// checkSymbols finds symbols that tell another place or size than BTF, which
// no loader compares for struct_ops variables: other bytes are read then.
func (p *Plan) checkSymbols(ds *bpfobj.Datasec) {
	if ds.Section == 0 || !p.isStructOpsSection(&p.Object.Sections[ds.Section]) {
		return
	}
	known := make(map[string]bool, len(ds.Vars))
	for _, v := range ds.Vars {
		known[v.Name] = true
		if v.Symbol == 0 {
			continue
		}
		y := &p.Object.Symbols[v.Symbol]
		size, _ := btfgraph.SizeOf(p.Object.Types, v.Var)
		switch {
		case y.Section != ds.Section:
			if !p.Loader.Object.SymbolsInSection {
				p.note(variable(ds, v.Name, "of section %q has its symbol in %s", ds.Name, p.sectionWord(y.Section)))
			}
		case ds.SizeBytes != 0 && v.StoredOffset != y.Value:
			p.note(variable(ds, v.Name, "has offset %d bytes in BTF, %d in the symbol table", v.StoredOffset, y.Value))
		case y.Size != size:
			p.note(variable(ds, v.Name, "has %d bytes in BTF, %d in the symbol table", size, y.Size))
		}
	}
	for i := range p.Object.Symbols {
		if y := &p.Object.Symbols[i]; y.Section == ds.Section && y.Type == 1 && !known[y.Name] && y.Name != "" {
			p.note(variable(ds, y.Name, "of section %q has no VAR in BTF", ds.Name))
		}
	}
}
