package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// MapPolicy is what a loader does with map definitions.
type MapPolicy struct {
	// RoundRingbuf: the size of a ring buffer is rounded up to a power of two
	// of pages (libbpf.c, adjust_ringbuf_sz).
	RoundRingbuf bool
	// FixSizes: sizes that a map type does not have are cleared, and perf
	// event arrays and CPU maps get the sizes that they must have (cilium/ebpf
	// types.go, canHaveValueSize; map.go, fixupMagicFields).
	FixSizes bool
	// PinPath: a map that is pinned by name needs a path from the application.
	PinPath bool
	// Arena: the loader knows arenas, maps them, without which they have no
	// address unless map_extra says one (verifier.c, resolve_pseudo_ldimm64),
	// and places global variables in them.
	Arena bool
	// JumpTables: the loader makes a map of a jump table.
	JumpTables bool
	// UnknownFields are fields of definitions that newer versions of the loader
	// know: cilium/ebpf refuses them, aya passes over them.
	UnknownFields []string
	// SkipIdleData: no map is made of a data section that nothing refers to
	// and that has no symbols (cilium/ebpf elf_reader.go, loadDataSections).
	SkipIdleData bool
	// StrictCreate: a map is not created without a type, without the inner map
	// that its type wants, or with a sort of pinning that the loader does not
	// know (cilium/ebpf map.go, newMapWithOptions and createMap).
	StrictCreate bool
	// FillsEntries: maps get the entries that their definitions name.
	FillsEntries bool
	// PinnedFilled: a map of maps that is taken from its pin has its entries,
	// and gets none (libbpf.c, bpf_object__create_maps).
	PinnedFilled bool
	// LegacyTail: attributes behind those of struct bpf_map_def in a section
	// "maps" have to be 0 (cilium/ebpf map.go, createMap).
	LegacyTail bool
	// Unsupported are the types of maps for which the loader refuses the
	// object, once all is created, unless the application allows them.
	Unsupported []uint32
	// KeepTypes: a map is not created again without the types of its key and
	// value where the kernel refuses them; it never gets to see those of
	// Untyped.
	KeepTypes bool
	Untyped   []uint32
	// PlainNames: a map goes to the kernel under its own name, whatever that holds.
	PlainNames bool
	// OnlyEntries: of the attributes an application can set max_entries alone,
	// and not those of inner maps.
	OnlyEntries bool
	// PlainInner: the attributes of an inner map stay as they are.
	PlainInner bool
	// AnyPin: a pinned map is taken whatever its attributes are.
	AnyPin bool
	// InnerNeeded: the definition of a map of maps has to name an inner map, for
	// nobody can give it one before it is created.
	InnerNeeded bool
	// Attributes are the attributes as the loader reads them; nil for those
	// of the object.
	Attributes func(*Plan, *bpfobj.Map) bpfobj.MapDef
	// Fix changes attributes as the loader does before it creates a map, after
	// what the other fields say; nil for nothing.
	Fix func(*bpfobj.MapDef)
	// Definition says why the loader refuses the definition of a map, ""
	// if it does not; nil for a loader that takes any.
	Definition func(*Plan, *bpfobj.Map) string
}

// MapPlan is what the loader makes of a map.
type MapPlan struct {
	Map *bpfobj.Map
	// Def are the attributes with which the loader creates the map: those of
	// the object, changed as the loader changes them.
	Def bpfobj.MapDef
	// Created tells that the loader creates the map.
	Created bool
	// Malformed says why the loader refuses the definition, "" if it does not;
	// Fault is the sort of the reason.
	Malformed string
	Fault     MapFault
	// TypeName is the enumerator of Def.Type ("BPF_MAP_TYPE_ARENA"), "" for
	// a number beyond those of [bpf.h]. Support tells whether the kernel knows it.
	TypeName string
	Support  Support
	// Unsupported tells that the loader refuses maps of this type unless the
	// application allows them.
	Unsupported bool
	// Problems are attributes with which the kernel does not create the map.
	Problems []MapProblem
	// Inner is the plan of the inner map of a map-in-map, nil if there is none.
	Inner *MapPlan
	// Entry is the first initial entry that the kernel refuses, nil if none is known.
	Entry *EntryProblem
}

// MapFault is a sort of reasons for which a loader refuses a map.
type MapFault uint8

// Sorts of reasons in [MapPlan.Fault].
const (
	// MapFaultDefinition: the members of the definition.
	MapFaultDefinition MapFault = iota
	// MapFaultLegacy: a definition of another section than .maps.
	MapFaultLegacy
	// MapFaultArena: two arenas, or global variables without one or too large for it.
	MapFaultArena
)

// MapProblem is an attribute with which the kernel does not create a map.
type MapProblem struct {
	// Attribute is the field: "max_entries", "key_size", "value_size", "map_flags", ...
	Attribute string
	// Detail is the complaint in one clause: "is 8, a ring buffer has none".
	Detail string
	// Want is what the kernel asks: "4", "a power of two of pages",
	// "BPF_F_NO_PREALLOC"; "" if the attribute has to be left out.
	Want string
	// Setup tells that the object leaves the attribute out, or with Given that
	// it has a value with a meaning for an application alone, which has to set
	// it before the load.
	Setup, Given bool
	// KeptTypes tells that only the BTF types of key and value are wrong, which
	// other loaders leave out then.
	KeptTypes bool
	// Types tells that only the BTF types of key and value are missing, for
	// which loaders do not ask a pinned map.
	Types bool
	// Stale tells that the kernel is handed a file descriptor that was closed
	// before. It takes the map if the descriptor is another map's by then.
	Stale bool
}

// planMaps decides with which attributes the loader creates the maps and asks
// the kernel for their types (libbpf.c, bpf_object__create_maps; cilium/ebpf
// map.go, createMap).
func (p *Plan) planMaps() {
	p.Maps = make([]MapPlan, len(p.Object.Maps))
	named := p.namedSections()
	for i, m := range p.Object.Maps {
		mp := &p.Maps[i]
		*mp = MapPlan{Map: m, Created: p.creates(m, named)}
		if !mp.Created {
			continue
		}
		if p.Loader.Maps.Definition != nil && !p.Object.FromSpec {
			mp.Malformed = p.Loader.Maps.Definition(p, m)
			if m.Kind == bpfobj.MapLegacy {
				mp.Fault = MapFaultLegacy
			}
		}
		def := m.Def
		if p.Loader.Maps.Attributes != nil && !p.Object.FromSpec {
			def = p.Loader.Maps.Attributes(p, m)
		}
		p.planMap(mp, def, false)
		if why := nameFault(m.Name); p.Loader.Maps.PlainNames && why != "" {
			mp.Problems = append(mp.Problems, MapProblem{Attribute: "name", Detail: why})
		}
		mp.Unsupported = slices.Contains(p.Loader.Maps.Unsupported, mp.Def.Type)
		if mp.Def.Type == mapArena && mp.Def.Extra == 0 && len(m.Refs) > 0 && !p.Loader.Maps.Arena && !mp.Unsupported {
			mp.Problems = append(mp.Problems, MapProblem{
				Attribute: "map_extra", Detail: "is 0, and {loader} gives no arena its address, as the kernel wants it", Want: "an address", Setup: !p.Object.FromSpec,
			})
		}
		if p.Loader.Maps.StrictCreate {
			mp.Problems = append(mp.Problems, createProblems(&mp.Def, !p.Object.FromSpec)...)
		}
		if p.Loader.Maps.LegacyTail && p.legacyTail(m) {
			mp.Problems = append(mp.Problems, MapProblem{Attribute: "definition", Detail: "has more than type, sizes, entries and flags"})
		}
	}
	p.checkArena()
	p.planEntries()
}

// namedSections tells by section index whether a variable has a symbol there.
func (p *Plan) namedSections() []bool {
	named := make([]bool, len(p.Object.Sections))
	for i := range p.Object.Symbols {
		sym := &p.Object.Symbols[i]
		if sym.Name != "" && (sym.Type == sttNotype || sym.Type == sttObject) && sym.Section >= 0 && sym.Section < len(named) {
			named[sym.Section] = true
		}
	}
	return named
}

// creates reports whether the loader makes a map of a definition or section.
func (p *Plan) creates(m *bpfobj.Map, named []bool) bool {
	switch m.Kind {
	case bpfobj.MapOther, bpfobj.MapArena:
		return false
	case bpfobj.MapKconfig:
		return !p.Loader.Externs.None
	case bpfobj.MapData, bpfobj.MapRodata, bpfobj.MapBss:
		if m.Kind == bpfobj.MapBss && p.Loader.Object.PlainBss && m.SectionName != ".bss" {
			return false
		}
		idle := len(m.Refs) == 0 && (m.Section >= len(named) || !named[m.Section])
		return !p.Loader.Maps.SkipIdleData || p.Object.FromSpec || !idle
	}
	return true
}

// planMap fills in a plan from a definition, that of an inner map included.
func (p *Plan) planMap(mp *MapPlan, def bpfobj.MapDef, inner bool) {
	policy := p.Loader.Maps
	if inner && policy.PlainInner {
		policy.Fix = nil
	}
	mp.Def = policy.fix(def)
	if name := nameOf(mapTypes[:], def.Type); name != "" {
		mp.TypeName = "BPF_MAP_TYPE_" + name
	}
	if mp.Malformed == "" && mp.Map.Kind <= bpfobj.MapLegacy {
		mp.Problems = mapProblems(&mp.Def)
		if problem, ok := p.storageKeyProblem(&mp.Def); ok {
			mp.Problems = append(mp.Problems, problem)
		}
		if problem, ok := innerProblem(&mp.Def); inner && ok {
			mp.Problems = append(mp.Problems, problem)
		}
		for i := range mp.Problems {
			if policy.OnlyEntries && (inner || mp.Problems[i].Attribute != "max_entries") {
				mp.Problems[i].Setup = false
			}
		}
		if policy.KeepTypes && !slices.Contains(policy.Untyped, def.Type) {
			if problem, ok := p.typeProblem(&mp.Def); ok {
				mp.Problems = append(mp.Problems, problem)
			}
		}
	}
	if def.Inner == nil && (def.Type == mapArrayOfMaps || def.Type == mapHashOfMaps) && mp.Malformed == "" && !inner {
		problem := MapProblem{Attribute: "inner map", Want: "a definition", Detail: "is missing", Setup: !p.Object.FromSpec}
		if policy.InnerNeeded {
			problem = p.innerMissing(mp)
		}
		mp.Problems = append(mp.Problems, problem)
	}
	if def.Inner != nil {
		mp.Inner = &MapPlan{Map: mp.Map, Created: true}
		p.planMap(mp.Inner, *def.Inner, true)
	}
}

// innerMissing is the problem of a map of maps whose definition names no inner
// map. The loader keeps the descriptor of the last inner map on its stack after
// it has closed it, and hands it over here, too (libbpf gen_loader.c,
// bpf_gen__map_create): by then it can be that of a map made since.
func (p *Plan) innerMissing(mp *MapPlan) MapProblem {
	problem := MapProblem{Attribute: "values", Detail: "name no inner map, and the application cannot set one", Want: "an __array of a map"}
	for i := range p.Maps {
		before := &p.Maps[i]
		if before == mp {
			break
		}
		if before.Created && before.Inner != nil {
			problem.Stale, problem.Detail = true, "name no inner map: that of an earlier map is closed by then"
		}
	}
	return problem
}

// supportMap asks the kernel for the types of a map and of its inner map.
func (p *Plan) supportMap(mp *MapPlan) {
	if p.Kernel == nil || !mp.Created {
		return
	}
	if ok, found := p.Kernel.HasValue("bpf_map_type", uint64(mp.Def.Type)); found {
		mp.Support = Supported
		if !ok {
			mp.Support = Unsupported
		}
	}
	if mp.Inner != nil {
		inner := *mp.Inner
		p.supportMap(&inner)
		mp.Inner = &inner
	}
}

// fix changes attributes as the loader does before it creates a map.
func (l *MapPolicy) fix(d bpfobj.MapDef) bpfobj.MapDef {
	switch d.Type {
	case mapRingbuf, mapUserRingbuf:
		if l.RoundRingbuf && d.MaxEntries != 0 {
			d.MaxEntries = roundRingbuf(d.MaxEntries)
		}
		if l.FixSizes && d.Type == mapRingbuf && d.ValueType != 0 {
			d.ValueSize = 0
		}
	case mapArena:
		if l.FixSizes && d.ValueType != 0 {
			d.ValueSize = 0
		}
	case mapPerfEventArray:
		// Both loaders put the number of CPUs in place of 0.
		d.MaxEntries = max(d.MaxEntries, 1)
		if l.FixSizes {
			if d.KeySize == 0 {
				d.KeySize = 4
			}
			if d.ValueSize == 0 || d.ValueType != 0 {
				d.ValueSize = 4
			}
		}
	case mapCPUMap:
		if l.FixSizes {
			d.MaxEntries = max(d.MaxEntries, 1)
		}
	case mapArrayOfMaps, mapHashOfMaps:
		if l.FixSizes && d.ValueSize == 0 {
			d.ValueSize = 4
		}
	}
	if l.Fix != nil {
		l.Fix(&d)
	}
	return d
}

// pageBytes is the smallest page of the architectures that run BPF.
const pageBytes = 4096

// roundRingbuf is the size that libbpf gives a ring buffer: the next power of
// two of pages. Where pages are larger than 4 KiB the result is larger too,
// and as valid.
func roundRingbuf(n uint32) uint32 {
	size := uint32(pageBytes)
	for size < n && size < 1<<31 {
		size *= 2
	}
	return size
}

// legacyBytes is the size of the five attributes of struct bpf_map_def.
const legacyBytes = 20

// legacyTail reports whether a legacy definition goes on with something other
// than 0.
func (p *Plan) legacyTail(m *bpfobj.Map) bool {
	if m.Kind != bpfobj.MapLegacy || m.Symbol <= 0 || m.Symbol >= len(p.Object.Symbols) {
		return false
	}
	data := p.Object.Sections[m.Section].Data
	from, to := m.Offset+legacyBytes, m.Offset+p.Object.Symbols[m.Symbol].Size
	if from > to || to > uint64(len(data)) {
		return false
	}
	return slices.ContainsFunc(data[from:to], func(b byte) bool { return b != 0 })
}

// checkArena finds what libbpf refuses about arenas and the global variables
// in them (libbpf.c, bpf_object__init_user_btf_maps and init_arena_map).
func (p *Plan) checkArena() {
	if !p.Loader.Maps.Arena {
		return
	}
	var arena *MapPlan
	var globals *bpfobj.Map
	for i := range p.Maps {
		mp := &p.Maps[i]
		switch {
		case mp.Map.Kind == bpfobj.MapArena:
			globals = mp.Map
		case mp.Def.Type != mapArena || mp.Map.Kind != bpfobj.MapBTF:
		case arena == nil:
			arena = mp
		default:
			mp.Malformed, mp.Fault = fmt.Sprintf("a second arena beside %q", arena.Map.Name), MapFaultArena
		}
	}
	if globals == nil || arena != nil || p.Object.Section(".maps") == nil {
		return // without .maps nobody looks
	}
	for i := range p.Maps {
		if mp := &p.Maps[i]; mp.Map == globals {
			mp.Malformed, mp.Fault = "global variables of an arena without a map of type BPF_MAP_TYPE_ARENA", MapFaultArena
		}
	}
}

// checkArenaSize finds global variables for which the arena has no room: pages
// are as large as those of the machine (libbpf.c, init_arena_map_data).
func (p *Plan) checkArenaSize() {
	if !p.Loader.Maps.Arena {
		return
	}
	pages, globals := uint64(0), -1
	for i := range p.Maps {
		switch mp := &p.Maps[i]; {
		case mp.Map.Kind == bpfobj.MapArena:
			globals = i
		case pages == 0 && mp.Def.Type == mapArena && mp.Map.Kind == bpfobj.MapBTF:
			pages = uint64(mp.Def.MaxEntries)
		}
	}
	if globals < 0 || pages == 0 || p.Maps[globals].Malformed != "" {
		return
	}
	if size := p.Object.Sections[p.Maps[globals].Map.Section].Size; pages*p.largestPage() < size {
		p.Maps[globals].Malformed = fmt.Sprintf("%d bytes of global variables in an arena of %d pages", size, pages)
		p.Maps[globals].Fault = MapFaultArena
	}
}

// largestPage is the size of the largest pages that the kernel may have been
// built with, in bytes: where an architecture has one size only, that.
func (p *Plan) largestPage() uint64 {
	if p.Kernel != nil && slices.Contains([]string{"amd64", "386", "riscv64", "s390x"}, p.Kernel.Arch) {
		return pageBytes
	}
	return 64 << 10
}
