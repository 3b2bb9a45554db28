package bpfobj

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Flags of maps that libbpf sets, from include/uapi/linux/bpf.h.
const (
	flagReadOnlyProg = 1 << 7  // BPF_F_RDONLY_PROG
	flagMmapable     = 1 << 10 // BPF_F_MMAPABLE
	flagLink         = 1 << 13 // BPF_F_LINK
)

// addMaps collects the maps in the order of [Object.Maps].
func (r *reader) addMaps() {
	r.mapAt = map[place]*Map{}
	r.addBTFMaps()
	r.addLegacyMaps()
	r.addDataMaps()
	r.addKconfigMap()
}

// addLegacyMaps reads struct bpf_map_def variables of a section "maps" or
// "maps/..." (cilium/ebpf elf_reader.go, loadMaps; libbpf 1.0 refuses them).
func (r *reader) addLegacyMaps() {
	o := r.o
	start := len(o.Maps)
	for i := range o.Symbols {
		sym := &o.Symbols[i]
		if sym.Section <= 0 || sym.Section >= len(o.Sections) || sym.Name == "" ||
			sym.Type != uint8(elf.STT_NOTYPE) && sym.Type != uint8(elf.STT_OBJECT) {
			continue
		}
		sec := &o.Sections[sym.Section]
		if sec.Name != "maps" && !strings.HasPrefix(sec.Name, "maps/") {
			continue
		}
		m := &Map{
			Name: sym.Name, Kind: MapLegacy, Section: sec.Index, SectionName: sec.Name,
			Symbol: i, Offset: sym.Value,
		}
		if within(sym.Value, max(sym.Size, 20), len(sec.Data)) && sym.Size >= 20 {
			d := sec.Data[sym.Value:]
			u32 := r.f.order.Uint32
			m.Def = MapDef{Type: u32(d), KeySize: u32(d[4:]), ValueSize: u32(d[8:]), MaxEntries: u32(d[12:]), Flags: u32(d[16:])}
		} else {
			m.DefErr = fmt.Errorf("definition of %d bytes at offset %d of section %q", sym.Size, sym.Value, sec.Name)
		}
		o.Maps = append(o.Maps, m)
	}
	slices.SortStableFunc(o.Maps[start:], func(a, b *Map) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Offset, b.Offset))
	})
	for _, m := range o.Maps[start:] {
		r.mapAt[place{m.Section, m.Offset}] = m
	}
}

// addDataMaps makes a map of every data section that is not empty (libbpf.c,
// bpf_object__elf_collect and bpf_object__init_global_data_maps).
func (r *reader) addDataMaps() {
	o := r.o
	for i := range o.Sections {
		s := &o.Sections[i]
		kind, ok := dataKind(s)
		if !ok {
			continue
		}
		if r.dataMaps == nil {
			r.dataMaps = make([]*Map, len(o.Sections))
		}
		m := &Map{Name: s.Name, Kind: kind, Section: i, SectionName: s.Name, Data: s.Data}
		if ds := o.datasec(s.Name); ds != nil {
			m.Var = ds.ID
		}
		if kind != MapArena && kind != MapOther {
			m.Def, m.DefErr = r.internalMap(kind, s.Name, s.Size)
		}
		r.dataMaps[i] = m
		o.Maps = append(o.Maps, m)
	}
}

// dataKind says what data section s is; false if it is none.
func dataKind(s *Section) (MapKind, bool) {
	nobits := s.Type == uint32(elf.SHT_NOBITS)
	if s.Size == 0 || s.Executable() || !nobits && s.Type != uint32(elf.SHT_PROGBITS) {
		return 0, false
	}
	is := func(name string) bool {
		return s.Name == name || strings.HasPrefix(s.Name, name) && s.Name[len(name)] == '.'
	}
	switch {
	case nobits && is(".bss"):
		return MapBss, true
	case !nobits && is(".data"):
		return MapData, true
	case !nobits && is(".rodata"):
		return MapRodata, true
	case !nobits && s.Name == ".addr_space.1":
		return MapArena, true
	}
	return MapOther, s.Flags&uint64(elf.SHF_ALLOC) != 0 && !reservedSection(s.Name)
}

// reservedSection reports sections that hold no variables.
func reservedSection(name string) bool {
	switch name {
	case "license", "version", ".maps", "maps", ".jumptables", ".BTF", ".BTF.ext":
		return true
	}
	return structOpsSection(name) || strings.HasPrefix(name, "maps/") || strings.HasPrefix(name, ".debug_")
}

// internalMap is the definition that libbpf gives the map of a data section
// (libbpf.c, bpf_object__init_internal_map).
func (r *reader) internalMap(kind MapKind, name string, size uint64) (MapDef, error) {
	d := MapDef{Type: mapTypeArray, KeySize: 4, ValueSize: uint32(size), MaxEntries: 1}
	if kind == MapRodata || kind == MapKconfig {
		d.Flags |= flagReadOnlyProg
	}
	if ds := r.o.datasec(name); ds != nil {
		d.ValueType = ds.ID
		if r.exposed(ds) {
			d.Flags |= flagMmapable
		}
	}
	if size > math.MaxUint32 {
		return d, fmt.Errorf("section of %d bytes", size)
	}
	return d, nil
}

// exposed reports whether a DATASEC has a variable that is neither static nor
// hidden (libbpf.c, map_is_mmapable after btf_fixup_datasec).
func (r *reader) exposed(ds *Datasec) bool {
	for i := range ds.Vars {
		v := &ds.Vars[i]
		if r.o.Types.Kind(v.Var) != btfgraph.KindVar || v.Linkage == btfgraph.LinkageStatic {
			continue
		}
		if v.Symbol == 0 || !r.o.Symbols[v.Symbol].Hidden() {
			return true
		}
	}
	return false
}

// addKconfigMap makes the map of the .kconfig externs, whose layout libbpf
// computes: descending by alignment, then by size and name (libbpf.c,
// cmp_externs and bpf_object__init_kconfig_map).
func (r *reader) addKconfigMap() {
	var externs []*Extern
	for _, e := range r.o.Externs {
		if e.Kind == ExternKconfig {
			externs = append(externs, e)
		}
	}
	if len(externs) == 0 {
		return
	}
	m := &Map{Name: ".kconfig", Kind: MapKconfig, SectionName: ".kconfig"}
	if ds := r.o.datasec(".kconfig"); ds != nil {
		m.Var = ds.ID
	}
	size, err := kconfigSize(r.o.Types, externs)
	m.Def, m.DefErr = r.internalMap(MapKconfig, ".kconfig", size)
	m.DefErr = errors.Join(m.DefErr, err)
	r.o.Maps = append(r.o.Maps, m)
}

func kconfigSize(g btfgraph.Graph, externs []*Extern) (uint64, error) {
	type value struct {
		align, size uint64
		name        string
	}
	var values []value
	for _, e := range externs {
		size, ok := btfgraph.SizeOf(g, e.Type)
		if !ok {
			return 0, fmt.Errorf("failed to resolve size of extern (kcfg) '%s'", e.Name)
		}
		values = append(values, value{kconfigAlign(g, e.Type), size, e.Name})
	}
	slices.SortFunc(values, func(a, b value) int {
		return cmp.Or(cmp.Compare(b.align, a.align), cmp.Compare(a.size, b.size), cmp.Compare(a.name, b.name))
	})
	end := uint64(0)
	for _, v := range values {
		end = (end+v.align-1)/v.align*v.align + v.size
	}
	return end, nil
}

// kconfigAlign is the alignment of a type that .kconfig may hold: integers,
// enums and arrays of them (libbpf btf.c, btf__align_of).
func kconfigAlign(g btfgraph.Graph, id btfgraph.ID) uint64 {
	for range 32 {
		id = btfgraph.SkipModsAndTypedefs(g, id)
		if g.Kind(id) != btfgraph.KindArray {
			break
		}
		id = g.Array(id).Elem
	}
	switch g.Kind(id) {
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindFloat:
		return min(8, max(1, uint64(g.Size(id))))
	}
	return 8
}
