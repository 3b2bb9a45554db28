package bpfobj

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Map types that a definition's `values` may belong to, from enum
// bpf_map_type of include/uapi/linux/bpf.h.
const (
	mapTypeArray       = 2
	mapTypeProgArray   = 3
	mapTypeArrayOfMaps = 12
	mapTypeHashOfMaps  = 13
)

// maxFields bounds the fields of a map definition; there are twelve to choose from.
const maxFields = 256

// addBTFMaps reads the definitions in .maps (libbpf.c,
// bpf_object__init_user_btf_maps).
func (r *reader) addBTFMaps() {
	section, ok := r.secByName[".maps"]
	ds := r.o.datasec(".maps")
	if !ok || ds == nil {
		return
	}
	for i := range ds.Vars {
		v := &ds.Vars[i]
		m := &Map{
			Name: v.Name, Kind: MapBTF, Section: section, SectionName: ".maps",
			Symbol: v.Symbol, Offset: v.Offset, Var: v.Var,
		}
		m.DefErr = r.readBTFMap(m, v)
		r.o.Maps = append(r.o.Maps, m)
		if _, ok := r.mapAt[place{section, v.Offset}]; !ok {
			r.mapAt[place{section, v.Offset}] = m
		}
	}
}

// readBTFMap reads one definition (libbpf.c, bpf_object__init_user_btf_map).
func (r *reader) readBTFMap(m *Map, v *DatasecVar) error {
	g := r.o.Types
	if m.Name == "" {
		return errors.New("empty name")
	}
	if v.Offset+v.SizeBytes > r.o.Sections[m.Section].Size {
		return errors.New("BTF data is corrupted")
	}
	if k := g.Kind(v.Var); k != btfgraph.KindVar {
		return fmt.Errorf("unexpected var kind %s", k)
	}
	linkage := v.Linkage
	if v.Symbol != 0 && r.o.Symbols[v.Symbol].Hidden() {
		linkage = btfgraph.LinkageStatic // btf_fixup_datasec
	}
	var odd error // libbpf goes no further; cilium/ebpf reads hidden maps
	if linkage != btfgraph.LinkageGlobal {
		odd = fmt.Errorf("unsupported map linkage %s", linkageName(linkage))
	}
	def := btfgraph.SkipModsAndTypedefs(g, g.Ref(v.Var))
	if k := g.Kind(def); k != btfgraph.KindStruct {
		return cmp.Or(odd, fmt.Errorf("unexpected def kind %s", k))
	}
	if uint64(g.Size(def)) > v.SizeBytes {
		return cmp.Or(odd, errors.New("invalid def size"))
	}
	return cmp.Or(odd, readMapDef(g, def, &m.Def, false))
}

func linkageName(l btfgraph.Linkage) string {
	switch l {
	case btfgraph.LinkageStatic:
		return "static"
	case btfgraph.LinkageGlobal:
		return "global"
	case btfgraph.LinkageExtern:
		return "extern"
	}
	return "unknown"
}

// readMapDef reads the fields of a definition struct (libbpf.c,
// parse_btf_map_def). The attributes read before an error stay.
func readMapDef(g btfgraph.Graph, def btfgraph.ID, d *MapDef, inner bool) error {
	n := g.Vlen(def)
	if n > maxFields {
		return fmt.Errorf("%d fields", n)
	}
	for i := range n {
		f := g.Member(def, i)
		var err error
		switch f.Name {
		case "type":
			err = mapInt(g, f, &d.Type)
		case "max_entries":
			err = mapInt(g, f, &d.MaxEntries)
		case "map_flags":
			err = mapInt(g, f, &d.Flags)
		case "numa_node":
			err = mapInt(g, f, &d.NumaNode)
		case "key_size", "value_size":
			err = d.readSize(g, f)
		case "key", "value":
			err = d.readType(g, f)
		case "values":
			err = d.readValues(g, f, inner, i == n-1)
		case "pinning":
			err = d.readPinning(g, f, inner)
		case "map_extra":
			err = d.readExtra(g, f)
		default:
			err = fmt.Errorf("unknown field '%s'", f.Name)
		}
		if err != nil {
			return err
		}
	}
	if d.Type == 0 {
		return errors.New("map type isn't specified")
	}
	return nil
}

// mapInt reads a __uint field: a pointer to an array of that many elements
// (libbpf.c, get_map_field_int).
func mapInt(g btfgraph.Graph, f btfgraph.Member, to *uint32) error {
	t := btfgraph.SkipModsAndTypedefs(g, f.Type)
	if k := g.Kind(t); k != btfgraph.KindPtr {
		return fmt.Errorf("attr '%s': expected PTR, got %s", f.Name, k)
	}
	arr := g.Ref(t)
	if k := g.Kind(arr); k != btfgraph.KindArray {
		return fmt.Errorf("attr '%s': expected ARRAY, got %s", f.Name, k)
	}
	*to = g.Array(arr).Nelems
	return nil
}

// readSize reads key_size or value_size.
func (d *MapDef) readSize(g btfgraph.Graph, f btfgraph.Member) error {
	to, what := &d.KeySize, "key"
	if f.Name == "value_size" {
		to, what = &d.ValueSize, "value"
	}
	var size uint32
	if err := mapInt(g, f, &size); err != nil {
		return err
	}
	return setSize(to, uint64(size), what)
}

// readType reads key or value, a __type field: a pointer to the type.
func (d *MapDef) readType(g btfgraph.Graph, f btfgraph.Member) error {
	size, typ := &d.KeySize, &d.KeyType
	if f.Name == "value" {
		size, typ = &d.ValueSize, &d.ValueType
	}
	if k := g.Kind(f.Type); k != btfgraph.KindPtr {
		return fmt.Errorf("%s spec is not PTR: %s", f.Name, k)
	}
	target := g.Ref(f.Type)
	n, ok := btfgraph.SizeOf(g, target)
	if !ok || n > 1<<32-1 {
		return fmt.Errorf("can't determine %s size for type [%d]", f.Name, target)
	}
	if err := setSize(size, n, f.Name); err != nil {
		return err
	}
	*typ = target
	return nil
}

func setSize(to *uint32, size uint64, what string) error {
	if *to != 0 && uint64(*to) != size {
		return fmt.Errorf("conflicting %s size %d != %d", what, *to, size)
	}
	*to = uint32(size)
	return nil
}

// readValues reads an __array field: a zero-sized array of pointers to the
// inner definition or, in a program array, to functions.
func (d *MapDef) readValues(g btfgraph.Graph, f btfgraph.Member, inner, last bool) error {
	inMap := d.Type == mapTypeArrayOfMaps || d.Type == mapTypeHashOfMaps
	desc := "prog-array value"
	if inMap {
		desc = "map-in-map inner"
	}
	switch {
	case inner:
		return errors.New("multi-level inner maps not supported")
	case !last:
		return fmt.Errorf("'%s' member should be last", f.Name)
	case !inMap && d.Type != mapTypeProgArray:
		return errors.New("should be map-in-map or prog-array")
	}
	if err := setSize(&d.ValueSize, 4, "value"); err != nil {
		return err
	}
	if g.Kind(f.Type) != btfgraph.KindArray || g.Array(f.Type).Nelems != 0 {
		return fmt.Errorf("%s spec is not a zero-sized array", desc)
	}
	ptr := btfgraph.SkipModsAndTypedefs(g, g.Array(f.Type).Elem)
	if k := g.Kind(ptr); k != btfgraph.KindPtr {
		return fmt.Errorf("%s def is of unexpected kind %s", desc, k)
	}
	t := btfgraph.SkipModsAndTypedefs(g, g.Ref(ptr))
	switch k := g.Kind(t); {
	case !inMap && k == btfgraph.KindFuncProto:
		return nil
	case !inMap || k != btfgraph.KindStruct:
		return fmt.Errorf("%s def is of unexpected kind %s", desc, k)
	}
	d.Inner = &MapDef{}
	return readMapDef(g, t, d.Inner, true)
}

func (d *MapDef) readPinning(g btfgraph.Graph, f btfgraph.Member, inner bool) error {
	if inner {
		return errors.New("inner def can't be pinned")
	}
	if err := mapInt(g, f, &d.Pinning); err != nil {
		return err
	}
	if d.Pinning > 1 { // LIBBPF_PIN_BY_NAME
		return fmt.Errorf("invalid pinning value %d", d.Pinning)
	}
	return nil
}

// readExtra reads map_extra, a __ulong field: an enum of one enumerator, or a
// __uint one (libbpf.c, get_map_field_long).
func (d *MapDef) readExtra(g btfgraph.Graph, f btfgraph.Member) error {
	t := btfgraph.SkipModsAndTypedefs(g, f.Type)
	switch k := g.Kind(t); k {
	case btfgraph.KindPtr:
		var n uint32
		if err := mapInt(g, f, &n); err != nil {
			return err
		}
		d.Extra = uint64(n)
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		if g.Vlen(t) != 1 {
			return fmt.Errorf("attr '%s': invalid __ulong", f.Name)
		}
		d.Extra = g.Enumerator(t, 0).Value
	default:
		return fmt.Errorf("attr '%s': expected ENUM or ENUM64, got %s", f.Name, k)
	}
	return nil
}
