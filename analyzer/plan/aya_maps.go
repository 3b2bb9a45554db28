package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ayaMap reads definitions of maps in BTF; unknown are fields that it does not
// look at, see MapPolicy.UnknownFields.
type ayaMap struct {
	g       btfgraph.Graph
	unknown []string
}

// read reads the members of a definition (aya-obj src/obj.rs,
// parse_btf_map_struct). Of several members that say the same thing the last
// counts, and what it does not know it skips.
func (a ayaMap) read(def btfgraph.ID, inner bool) (d bpfobj.MapDef, why string) {
	for i := range a.g.Vlen(def) {
		m := a.g.Member(def, i)
		if slices.Contains(a.unknown, m.Name) {
			continue
		}
		switch m.Name {
		case "type":
			why = a.number(m, &d.Type)
		case "key_size":
			why = a.number(m, &d.KeySize)
		case "value_size":
			why = a.number(m, &d.ValueSize)
		case "max_entries":
			why = a.number(m, &d.MaxEntries)
		case "map_flags":
			why = a.number(m, &d.Flags)
		case "map_extra":
			var extra uint32
			why = a.number(m, &extra)
			d.Extra = uint64(extra)
		case "key":
			why = a.typed(m, &d.KeySize, &d.KeyType)
		case "value":
			why = a.typed(m, &d.ValueSize, &d.ValueType)
		case "pinning":
			why = a.pinning(m, &d, inner)
		case "values":
			why = a.values(m, &d, inner)
		}
		if why != "" {
			return d, why
		}
	}
	return d, ""
}

// number reads a pointer to an array of that many elements (get_map_field),
// without typedefs in between.
func (a ayaMap) number(m btfgraph.Member, to *uint32) string {
	arr := a.g.Ref(m.Type)
	if a.g.Kind(m.Type) != btfgraph.KindPtr || a.g.Kind(arr) != btfgraph.KindArray {
		return fmt.Sprintf("field %q is no pointer to an array", m.Name)
	}
	*to = a.g.Array(arr).Nelems
	return ""
}

// typed reads a pointer to the type of the key or value.
func (a ayaMap) typed(m btfgraph.Member, size *uint32, typ *btfgraph.ID) string {
	if a.g.Kind(m.Type) != btfgraph.KindPtr {
		return fmt.Sprintf("field %q is no pointer", m.Name)
	}
	n, ok := a.size(a.g.Ref(m.Type))
	if !ok {
		return fmt.Sprintf("field %q points to a type without a size", m.Name)
	}
	*size, *typ = n, a.g.Ref(m.Type)
	return ""
}

// ayaResolveDepth is how many types in a chain are looked at (aya-obj
// src/btf/btf.rs, MAX_RESOLVE_DEPTH).
const ayaResolveDepth = 32

// size is the size of a type in bytes (Btf::type_size). Of an array of arrays
// only the innermost dimension counts; a prototype is as large as what it returns.
func (a ayaMap) size(id btfgraph.ID) (uint32, bool) {
	n := uint32(1)
	for range ayaResolveDepth {
		switch a.g.Kind(id) {
		case btfgraph.KindArray:
			arr := a.g.Array(id)
			n, id = arr.Nelems, arr.Elem
		case btfgraph.KindInt, btfgraph.KindFloat, btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindStruct,
			btfgraph.KindUnion, btfgraph.KindDatasec:
			return a.g.Size(id) * n, true
		case btfgraph.KindPtr:
			return 8 * n, true
		case btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict, btfgraph.KindTypedef, btfgraph.KindTypeTag,
			btfgraph.KindFuncProto, btfgraph.KindVar, btfgraph.KindDeclTag:
			id = a.g.Ref(id)
		default:
			return 0, false
		}
	}
	return 0, false
}

// pinning takes numbers that it does not know for no pinning.
func (a ayaMap) pinning(m btfgraph.Member, d *bpfobj.MapDef, inner bool) string {
	if inner {
		return "it cannot be pinned"
	}
	var n uint32
	why := a.number(m, &n)
	if n == 1 {
		d.Pinning = n
	}
	return why
}

// values reads the definition of an inner map. The programs of a program array
// are no struct, and refused.
func (a ayaMap) values(m btfgraph.Member, d *bpfobj.MapDef, inner bool) string {
	if inner {
		return "it cannot have inner maps"
	}
	if a.g.Kind(m.Type) != btfgraph.KindArray || a.g.Array(m.Type).Nelems != 0 {
		return `field "values" is no array of no elements`
	}
	ptr := btfgraph.SkipModsAndTypedefs(a.g, a.g.Array(m.Type).Elem)
	def := btfgraph.SkipModsAndTypedefs(a.g, a.g.Ref(ptr))
	if a.g.Kind(ptr) != btfgraph.KindPtr || a.g.Kind(def) != btfgraph.KindStruct {
		return `field "values" holds no maps, and {loader} fills in nothing else`
	}
	read, why := a.read(def, true)
	if why != "" {
		return "inner map: " + why
	}
	d.Inner, d.ValueSize = &read, 4
	return ""
}

// typeProblem says what the kernel refuses about the BTF types of key and
// value, false if nothing (kernel/bpf/syscall.c, map_create and map_check_btf;
// the map_check_btf functions of arraymap.c and lpm_trie.c).
func (p *Plan) typeProblem(d *bpfobj.MapDef) (MapProblem, bool) {
	g := p.Object.Types
	key, value := d.KeyType, d.ValueType
	if d.Type == mapBloomFilter {
		key = btfgraph.Void
	}
	if g == nil || key == btfgraph.Void && value == btfgraph.Void {
		return MapProblem{}, false
	}
	problem := func(attribute, want, format string, args ...any) (MapProblem, bool) {
		return MapProblem{Attribute: attribute, Want: want, Detail: fmt.Sprintf(format, args...), KeptTypes: true}, true
	}
	keySize, _ := btfgraph.SizeOf(g, key)
	valueSize, _ := btfgraph.SizeOf(g, value)
	kept := btfgraph.SkipModsAndTypedefs(g, key)
	switch {
	case value == btfgraph.Void:
		return problem("value", "", "has a size and no type, though the key has one")
	case valueSize != uint64(d.ValueSize):
		return problem("value_size", fmt.Sprint(valueSize), "is %d bytes, its type has %d", d.ValueSize, valueSize)
	case d.Type == mapBloomFilter:
		return MapProblem{}, false
	case key == btfgraph.Void:
		return problem("key", "", "has a size and no type, though the value has one")
	case keySize != uint64(d.KeySize):
		return problem("key_size", fmt.Sprint(keySize), "is %d bytes, its type has %d", d.KeySize, keySize)
	case (d.Type == mapArray || d.Type == mapPercpuArray) && (g.Kind(kept) != btfgraph.KindInt || g.Int(kept).Bits != 32):
		return problem("key", "", "is of type %s, an array has 32-bit integers", quote(spell(g, key)))
	case d.Type == mapLPMTrie && g.Kind(kept) != btfgraph.KindStruct:
		return problem("key", "", "is of type %s, an LPM trie has structs", quote(spell(g, key)))
	}
	return MapProblem{}, false
}
