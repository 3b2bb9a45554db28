package bpfobj

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// FromSpec describes a CollectionSpec as it stands, with what its owner
// changed since it was read: deleted programs, other map sizes, other
// instructions. It neither changes the spec nor keeps a reference into what
// its owner may change.
//
// The view is partial: there are no sections and symbols, a program's
// functions are laid out one after the other in a section of its own, and a
// subprogram that two programs use appears once for each. Offsets are those
// in the program's instruction stream. Externs are those that instructions
// use. Without spec.Types, or if they cannot be read, Types is nil.
//
// It fails if spec is nil or holds a nil program or map.
func FromSpec(name string, spec *ebpf.CollectionSpec) (o *Object, err error) {
	defer func() {
		if r := recover(); r != nil {
			o, err = nil, fmt.Errorf("internal error: reading spec %q: %v, please report", name, r)
		}
	}()
	if spec == nil {
		return nil, errors.New("collection spec is nil")
	}
	for n, p := range spec.Programs {
		if p == nil {
			return nil, fmt.Errorf("program %q is nil", n)
		}
	}
	for n, m := range spec.Maps {
		if m == nil {
			return nil, fmt.Errorf("map %q is nil", n)
		}
	}
	r := &specReader{spec: spec, o: &Object{Name: name, ByteOrder: spec.ByteOrder, FromSpec: true}}
	r.o.ext.spec = map[*Function][]specLine{}
	if r.o.ByteOrder == nil {
		r.o.ByteOrder = nativeOrder()
	}
	r.readTypes()
	r.addMaps()
	for _, n := range slices.Sorted(maps.Keys(spec.Programs)) {
		r.addProgram(n, spec.Programs[n])
	}
	r.placePrograms()
	r.addKconfigMap()
	r.o.linkRefs()
	return r.o, nil
}

func nativeOrder() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// specReader holds what is needed while a CollectionSpec is read.
type specReader struct {
	spec *ebpf.CollectionSpec
	o    *Object

	maps    map[string]*Map
	externs map[string]*Extern
	listed  map[string]listing // what .ksyms and .kconfig list
	kconfig map[uint32]string  // by offset in .kconfig
}

// listing is an entry of .ksyms or .kconfig.
type listing struct {
	id      btfgraph.ID
	datasec string
}

func (r *specReader) readTypes() {
	r.listed, r.kconfig = map[string]listing{}, map[uint32]string{}
	r.externs = map[string]*Extern{}
	if r.spec.Types == nil {
		return
	}
	g, err := btfgraph.FromSpec(r.spec.Types)
	if err != nil {
		r.o.TypesErr = err
		return
	}
	r.o.Types = g
	for _, name := range []string{".ksyms", ".kconfig"} {
		id := btfgraph.First(g, btfgraph.KindDatasec, name)
		for i := range g.Vlen(id) {
			v := g.VarSecinfo(id, i)
			if _, ok := r.listed[g.Name(v.Type)]; !ok {
				r.listed[g.Name(v.Type)] = listing{v.Type, name}
			}
			if name == ".kconfig" {
				r.kconfig[v.Offset] = g.Name(v.Type)
			}
		}
	}
}

// id finds a type of the spec in its Types; void if it is not there, or not
// there alone. A copied spec keeps types that are unknown to the copied Types.
func (r *specReader) id(t btf.Type) btfgraph.ID {
	if t == nil || r.o.Types == nil {
		return btfgraph.Void
	}
	if id, err := r.spec.Types.TypeID(t); err == nil {
		return btfgraph.ID(id)
	}
	if namedKind(t) == btfgraph.KindVoid || t.TypeName() == "" {
		return btfgraph.Void
	}
	found := btfgraph.Void
	for id := range r.o.Types.ByName(namedKind(t), t.TypeName()) {
		if found != btfgraph.Void {
			return btfgraph.Void
		}
		found = id
	}
	return found
}

// namedKind is the kind of the types that a spec refers to by name.
func namedKind(t btf.Type) btfgraph.Kind {
	switch t.(type) {
	case *btf.Struct:
		return btfgraph.KindStruct
	case *btf.Union:
		return btfgraph.KindUnion
	case *btf.Func:
		return btfgraph.KindFunc
	case *btf.Datasec:
		return btfgraph.KindDatasec
	case *btf.Typedef:
		return btfgraph.KindTypedef
	case *btf.Int:
		return btfgraph.KindInt
	}
	return btfgraph.KindVoid
}

// addMaps takes the maps of the spec: definitions first, then data sections,
// each by name.
func (r *specReader) addMaps() {
	r.maps = map[string]*Map{}
	var data []*Map
	for _, name := range slices.Sorted(maps.Keys(r.spec.Maps)) {
		ms := r.spec.Maps[name]
		if ms.Type == ebpf.StructOpsMap {
			r.addStructOps(name, ms)
			continue
		}
		m := &Map{Name: name, Kind: specMapKind(name), Def: *r.mapDef(ms)}
		r.maps[name] = m
		if m.Kind == MapBTF {
			m.SectionName = ".maps"
			m.Var = btfgraph.First(r.o.Types, btfgraph.KindVar, name)
			r.o.Maps = append(r.o.Maps, m)
			continue
		}
		m.SectionName, m.Var = name, m.Def.ValueType
		m.Data = r.contents(name, ms)
		data = append(data, m)
	}
	r.o.Maps = append(r.o.Maps, data...)
}

// specMapKind tells data sections by their names, which no definition can have.
func specMapKind(name string) MapKind {
	switch {
	case strings.HasPrefix(name, ".rodata"):
		return MapRodata
	case strings.HasPrefix(name, ".data"):
		return MapData
	case strings.HasPrefix(name, ".bss"):
		return MapBss
	}
	return MapBTF
}

func (r *specReader) mapDef(ms *ebpf.MapSpec) *MapDef {
	d := &MapDef{
		Type: uint32(ms.Type), KeySize: ms.KeySize, ValueSize: ms.ValueSize, MaxEntries: ms.MaxEntries,
		Flags: ms.Flags, Extra: ms.MapExtra, NumaNode: ms.NumaNode, Pinning: uint32(ms.Pinning),
		KeyType: r.id(ms.Key), ValueType: r.id(ms.Value),
	}
	if ms.InnerMap != nil && ms.InnerMap.InnerMap == nil {
		d.Inner = r.mapDef(ms.InnerMap)
	}
	return d
}

// contents is a copy of a data section's initial bytes with the values that
// the spec's variables have by now (cilium/ebpf collection.go,
// newCollectionLoader). Variables beyond the section are left out.
func (r *specReader) contents(name string, ms *ebpf.MapSpec) []byte {
	data := slices.Clone(firstValue(ms))
	for _, v := range r.spec.Variables {
		if v != nil && v.SectionName == name && within(uint64(v.Offset), uint64(len(v.Value)), len(data)) {
			copy(data[v.Offset:], v.Value)
		}
	}
	return data
}

// firstValue is the value of a map's only element, nil if it is no bytes, or not
// the first (cilium/ebpf map.go, dataSection).
func firstValue(ms *ebpf.MapSpec) []byte {
	if len(ms.Contents) != 1 {
		return nil
	}
	if key, ok := ms.Contents[0].Key.(uint32); !ok || key != 0 {
		return nil
	}
	data, _ := ms.Contents[0].Value.([]byte)
	return data
}

// addStructOps takes a struct_ops map (cilium/ebpf elf_reader.go,
// createStructOpsMap).
func (r *specReader) addStructOps(name string, ms *ebpf.MapSpec) {
	m := &StructOpsMap{Name: name, SectionName: ".struct_ops", Data: slices.Clone(firstValue(ms))}
	if ms.Flags&flagLink != 0 {
		m.SectionName, m.Link = ".struct_ops.link", true
	}
	if g := r.o.Types; g != nil {
		m.Var = btfgraph.First(g, btfgraph.KindVar, name)
		m.Type = btfgraph.SkipModsAndTypedefs(g, r.id(ms.Value))
		m.TypeName = g.Name(m.Type)
		m.SizeBytes, _ = btfgraph.SizeOf(g, m.Type)
		m.Members = initialMembers(g, m)
	}
	r.o.StructOps = append(r.o.StructOps, m)
}

// placePrograms gives the programs to the members that they say they attach
// to, in every map of the type, as cilium/ebpf does (collection.go,
// populateStructOps). Of several programs it takes any; here the first.
func (r *specReader) placePrograms() {
	for _, m := range r.o.StructOps {
		for i := range m.Members {
			f := &m.Members[i]
			for _, p := range r.o.Programs {
				if p.Explicit.Type == uint32(ebpf.StructOps) && p.Explicit.AttachTo == m.TypeName+":"+f.Name {
					f.Program = p.Function
					break
				}
			}
		}
	}
}

// addKconfigMap makes the map of the .kconfig externs, which the spec keeps
// with the instructions (cilium/ebpf elf_reader.go, loadKconfigSection).
func (r *specReader) addKconfigMap() {
	if !slices.ContainsFunc(r.o.Externs, func(e *Extern) bool { return e.Kind == ExternKconfig }) {
		return
	}
	id := btfgraph.First(r.o.Types, btfgraph.KindDatasec, ".kconfig")
	r.o.Maps = append(r.o.Maps, &Map{
		Name: ".kconfig", Kind: MapKconfig, SectionName: ".kconfig", Var: id,
		Def: MapDef{
			Type: mapTypeArray, KeySize: 4, ValueSize: r.o.Types.Size(id), MaxEntries: 1,
			Flags: flagReadOnlyProg, ValueType: id,
		},
	})
}
