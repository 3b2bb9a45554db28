package plan

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Aya is aya 0.14.0 (aya-obj 0.3.0), the newest release.
//
// Its EbpfLoader::load parses the object, uploads the object's BTF, relocates
// every function, creates every map and links every program; then the
// application loads programs one by one, as it likes. The object loaded as it
// is means here: all of that, and a load of every program.
//
// It knows no struct_ops and no externs. The main branch resolves kfuncs and
// ksyms (commit 2613ee82, aya-obj src/extern_types.rs), which is in no release.
//
// What other releases do otherwise is in ayaVersions.
var Aya = &Loader{
	Name: "aya", Version: "0.14.0",
	Sections: ayaSections, RefuseUnknownSections: true, PlainMark: true, TextPrefix: true, ObjectWideMaps: true,
	Object: ObjectPolicy{
		WholeBTF: true, VersionSize: true, PlainBTF: true, AsListed: true, NoLicense: "GPL", RelocTargets: true,
		BTFNeeded: []string{"BPF_PROG_TYPE_EXT", "BPF_PROG_TYPE_TRACING", "BPF_PROG_TYPE_LSM"}, BTFNeededForCORE: true,
	},
	Words: Words{
		SwitchOff:    "do not call load() of ebpf.program_mut(\"%[1]s\")",
		SwitchMapOff: "keep map %[1]s in an object of its own: all maps of an object are created",
		SwitchOpsOff: "keep %[1]s in an object for another loader",
		ClearMember:  "leave member %[2]s of %[1]s out",
		ClearData:    "leave member %[2]s of %[1]s out",
		SetTarget:    "pass load() the name of a target that the kernel has",
		SetAttribute: "EbpfLoader::map_max_entries(\"%[1]s\", N), which sets max_entries and nothing else",
	},
	Attach: AttachPolicy{Application: true},
	Maps: MapPolicy{
		Unsupported: []uint32{mapStructOps, mapTaskStorage, mapUserRingbuf, mapArena},
		KeepTypes:   true, Untyped: ayaUntyped, OnlyEntries: true, PlainNames: true, PlainInner: true, AnyPin: true,
		Attributes: ayaAttributes, Fix: ayaFix, Definition: ayaDefinition,
	},
	Functions:     FunctionPolicy{OptionalBTF: true, KernelCounts: true, Static: []string{"memset", "memcpy", "memmove", "memcmp"}},
	Open:          checkAyaELF,
	Externs:       ExternPolicy{None: true},
	CORE:          ayaCORE,
	EssentialName: ayaEssentialName,
	older:         ayaVersions,
}

// ayaEssentialName cuts at the first "___", even one that starts the name
// (aya-obj src/btf/relocation.rs, flavorless_name).
func ayaEssentialName(name string) string {
	stem, _, _ := strings.Cut(name, "___")
	return stem
}

// ayaUntyped are the types of maps that are created without the BTF types of
// key and value (aya src/sys/bpf.rs, bpf_create_map).
var ayaUntyped = []uint32{
	mapPerfEventArray, mapCgroupArray, mapStackTrace, mapArrayOfMaps, mapHashOfMaps, mapDevmap, mapDevmapHash, mapCPUMap,
	mapXSKMap, mapSockmap, mapSockhash, mapQueue, mapStack, mapRingbuf,
}

// ayaFix changes attributes (aya src/bpf.rs, max_entries_override and
// value_size_override). Which size the value of a device or CPU map gets
// depends on the kernel, and it is right there.
func ayaFix(d *bpfobj.MapDef) {
	switch d.Type {
	case mapRingbuf:
		d.ValueSize = 0
		if d.MaxEntries != 0 {
			d.MaxEntries = roundRingbuf(d.MaxEntries)
		}
	case mapCPUMap, mapDevmap, mapDevmapHash:
		d.ValueSize = 4
	}
}

// ayaAttributes reads the attributes of a map once more: those of a definition
// in .maps (aya-obj src/obj.rs, parse_btf_map_struct), which may hold what
// other loaders refuse, and those of a data section, which is no more than an
// array (parse_data_map_section).
func ayaAttributes(p *Plan, m *bpfobj.Map) bpfobj.MapDef {
	switch m.Kind {
	case bpfobj.MapLegacy:
		return p.ayaLegacy(m)
	case bpfobj.MapBTF:
		if g := p.Object.Types; g != nil {
			def, _ := ayaMap{g: g, unknown: p.Loader.Maps.UnknownFields}.read(btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var)), false)
			return def
		}
	case bpfobj.MapData, bpfobj.MapRodata, bpfobj.MapBss:
		def := bpfobj.MapDef{Type: mapArray, KeySize: 4, ValueSize: m.Def.ValueSize, MaxEntries: 1}
		if m.Kind == bpfobj.MapRodata {
			def.Flags = flagRdonlyProg
		}
		return def
	}
	return m.Def
}

// ayaLegacy reads the last member of aya's struct bpf_map_def besides, which
// has 28 bytes: id and pinning follow the five attributes (aya-obj src/maps.rs).
func (p *Plan) ayaLegacy(m *bpfobj.Map) bpfobj.MapDef {
	const pinning, size = 24, 28
	def := m.Def
	if m.Symbol <= 0 || m.Symbol >= len(p.Object.Symbols) || p.Object.Symbols[m.Symbol].Size < size {
		return def
	}
	data := p.Object.Sections[m.Section].Data
	if m.Offset > uint64(len(data)) || uint64(len(data))-m.Offset < size {
		return def
	}
	def.Pinning = p.order().Uint32(data[m.Offset+pinning:])
	return def
}

// ayaDefinition is aya's complaint about the definition of a map.
func ayaDefinition(p *Plan, m *bpfobj.Map) string {
	g := p.Object.Types
	switch {
	case m.Kind == bpfobj.MapLegacy && m.DefErr != nil:
		return m.DefErr.Error()
	case m.Kind == bpfobj.MapBTF && g != nil:
		def := btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var))
		if g.Kind(m.Var) != btfgraph.KindVar || g.Kind(def) != btfgraph.KindStruct {
			return "is no struct"
		}
		if !p.facts.named.get(func() map[place]bool { return namedSymbols(p.Object) })[place{m.Section, m.Name}] {
			return fmt.Sprintf("has no symbol in section %q", m.SectionName)
		}
		if _, why := (ayaMap{g: g, unknown: p.Loader.Maps.UnknownFields}).read(def, false); why != "" {
			return why
		}
	case m.Kind != bpfobj.MapLegacy:
		return ""
	}
	switch def := ayaAttributes(p, m); {
	case def.Type == 0:
		return "map type isn't specified"
	case def.Type > mapArena:
		return fmt.Sprintf("%s is unknown to {loader}", MapTypeName(def.Type))
	case (def.Type == mapArrayOfMaps || def.Type == mapHashOfMaps) && def.Inner == nil:
		return "has no inner map: {loader} wants one in its member \"values\""
	}
	return ""
}

// MapTypeName spells a map type: "BPF_MAP_TYPE_ARENA", "map type 99".
func MapTypeName(mapType uint32) string {
	if name := nameOf(mapTypes[:], mapType); name != "" {
		return "BPF_MAP_TYPE_" + name
	}
	return fmt.Sprintf("map type %d", mapType)
}
