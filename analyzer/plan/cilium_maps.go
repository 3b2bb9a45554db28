package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ciliumDefinition is cilium/ebpf's complaint about a map definition
// (elf_reader.go, loadMaps, loadBTFMaps and mapSpecFromBTF).
func ciliumDefinition(p *Plan, m *bpfobj.Map) string {
	if m.Kind == bpfobj.MapLegacy {
		if m.DefErr != nil {
			return m.DefErr.Error()
		}
		return ""
	}
	g := p.Object.Types
	if m.Kind != bpfobj.MapBTF || g == nil {
		return ""
	}
	if p.hasInitialValue(m) {
		return "has an initial value besides that of values"
	}
	def := btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var))
	if g.Kind(def) != btfgraph.KindStruct {
		return "is no struct"
	}
	d := ciliumDef{p: p, g: g, m: m}
	return d.read(def)
}

// hasInitialValue reports whether a definition holds something other than 0.
// What relocations place there does not count: it is not in the bytes.
func (p *Plan) hasInitialValue(m *bpfobj.Map) bool {
	if m.Symbol <= 0 || m.Symbol >= len(p.Object.Symbols) || m.Section >= len(p.Object.Sections) {
		return false
	}
	sym, data := &p.Object.Symbols[m.Symbol], p.Object.Sections[m.Section].Data
	from, to := sym.Value, sym.Value+sym.Size
	if from > to || to > uint64(len(data)) {
		return false // see checkMapSection
	}
	return slices.ContainsFunc(data[from:to], func(b byte) bool { return b != 0 })
}

// ciliumDef reads one definition, that of an inner map included.
type ciliumDef struct {
	p     *Plan
	g     btfgraph.Graph
	m     *bpfobj.Map
	inner bool

	mapType uint64
	// size and typed are what was said of key and value, in this order.
	size  [2]uint64
	typed [2]bool
}

var ciliumSides = [...]string{"key", "value"}

// read goes through the fields in their order.
func (d *ciliumDef) read(def btfgraph.ID) (why string) {
	for i := range d.g.Vlen(def) {
		field := d.g.Member(def, i)
		if slices.Contains(d.p.Loader.Maps.UnknownFields, field.Name) {
			return fmt.Sprintf("field %q is unknown", field.Name)
		}
		switch field.Name {
		case "type":
			d.mapType, why = d.number(field)
		case "map_flags", "max_entries", "map_extra":
			_, why = d.number(field)
		case "key":
			why = d.sideType(field, 0)
		case "value":
			why = d.sideType(field, 1)
		case "key_size":
			why = d.sideSize(field, 0)
		case "value_size":
			why = d.sideSize(field, 1)
		case "pinning":
			if d.inner {
				return "it cannot be pinned"
			}
			_, why = d.number(field)
		case "values":
			if i != d.g.Vlen(def)-1 {
				return `field "values" is not the last`
			}
			why = d.values(field)
		default:
			return fmt.Sprintf("field %q is unknown", field.Name)
		}
		if why != "" {
			return why
		}
	}
	return ""
}

// number reads what __uint and __ulong write (uintFromBTF).
func (d *ciliumDef) number(field btfgraph.Member) (n uint64, why string) {
	switch d.g.Kind(field.Type) {
	case btfgraph.KindPtr:
		if to := d.g.Ref(field.Type); d.g.Kind(to) == btfgraph.KindArray {
			return uint64(d.g.Array(to).Nelems), ""
		}
		return 0, fmt.Sprintf("field %q points to no array", field.Name)
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		if d.g.Vlen(field.Type) == 0 {
			return 0, fmt.Sprintf("field %q is an enum without a value", field.Name)
		}
		return d.g.Enumerator(field.Type, 0).Value, ""
	}
	return 0, fmt.Sprintf("field %q is no number", field.Name)
}

// sideType reads the type of the key or value. void has the size 0 there
// (btf/types.go, Sizeof).
func (d *ciliumDef) sideType(field btfgraph.Member, side int) string {
	if d.size[side] != 0 {
		return bothGiven(side)
	}
	if d.g.Kind(field.Type) != btfgraph.KindPtr {
		return fmt.Sprintf("field %q is no pointer", field.Name)
	}
	target := d.g.Ref(field.Type)
	size, ok := btfgraph.SizeOf(d.g, target)
	if !ok && btfgraph.SkipModsAndTypedefs(d.g, target) != btfgraph.Void {
		return fmt.Sprintf("field %q points to a type without a size", field.Name)
	}
	d.size[side], d.typed[side] = size, true
	return ""
}

// sideSize reads the size of the key or value.
func (d *ciliumDef) sideSize(field btfgraph.Member, side int) (why string) {
	if d.typed[side] || d.size[side] != 0 {
		return bothGiven(side)
	}
	d.size[side], why = d.number(field)
	return why
}

func bothGiven(side int) string {
	return fmt.Sprintf("has both %q and %q", ciliumSides[side], ciliumSides[side]+"_size")
}

// values reads the maps or programs that a map names. Types go by what stands
// there: a typedef of a struct is none.
func (d *ciliumDef) values(field btfgraph.Member) string {
	elem := d.g.Array(field.Type).Elem
	to := d.g.Ref(elem)
	switch {
	case d.size[1] != 0 && d.size[1] != 4:
		return fmt.Sprintf("has values of %d bytes, what field \"values\" names has 4", d.size[1])
	case d.g.Kind(field.Type) != btfgraph.KindArray || d.g.Kind(elem) != btfgraph.KindPtr:
		return `field "values" is no array of pointers`
	}
	switch d.g.Kind(to) {
	case btfgraph.KindStruct:
		if d.mapType != mapArrayOfMaps && d.mapType != mapHashOfMaps {
			return `field "values" names maps, and its type is no map of maps`
		}
		if d.inner {
			return "it cannot have inner maps"
		}
		inner := ciliumDef{p: d.p, g: d.g, m: d.m, inner: true}
		if why := inner.read(to); why != "" {
			return "inner map: " + why
		}
	case btfgraph.KindFuncProto:
		if d.mapType != mapProgArray {
			return `field "values" names programs, and its type is no program array`
		}
	default:
		return fmt.Sprintf("field \"values\" holds pointers to %s, no struct or function", quote(spell(d.g, to)))
	}
	return d.contents(field)
}

// contents looks at the symbols that relocations of field "values" name
// (resolveBTFValuesContents).
func (d *ciliumDef) contents(field btfgraph.Member) string {
	o := d.p.Object
	if d.m.Symbol <= 0 || d.m.Symbol >= len(o.Symbols) || d.m.Section >= len(o.Sections) {
		return ""
	}
	sym := &o.Symbols[d.m.Symbol]
	start := uint64(field.BitOffset / 8)
	if start > sym.Size {
		return `field "values" lies beyond its symbol`
	}
	for _, r := range o.Sections[d.m.Section].Relocs {
		if r.Offset < sym.Value+start || r.Offset >= sym.Value+sym.Size || r.Symbol <= 0 || r.Symbol >= len(o.Symbols) {
			continue
		}
		if to := &o.Symbols[r.Symbol]; to.Type != sttFunction && to.Type != sttObject {
			return `field "values" names a static function or a section`
		}
	}
	return ""
}

// createProblems are attributes without which cilium/ebpf creates no map; open
// tells that an application may still set them.
func createProblems(d *bpfobj.MapDef, open bool) []MapProblem {
	var list []MapProblem
	if d.Type == 0 {
		list = append(list, MapProblem{Attribute: "type", Want: "a type", Detail: "is 0", Setup: open})
	}
	if d.Pinning > 1 {
		list = append(list, MapProblem{
			Attribute: "pinning", Want: "0 or 1", Setup: open, Given: true,
			Detail: fmt.Sprintf("is %d, unknown to {loader}", d.Pinning),
		})
	}
	return list
}

// checkLegacySections follows loadMaps: all sections whose names start with
// "maps" hold definitions, one for each symbol, of which this package reads
// those of "maps" and "maps/...".
func (c *ciliumELF) checkLegacySections() {
	for i, kind := range c.kinds {
		if kind != elfLegacyMaps {
			continue
		}
		s := &c.p.Object.Sections[i]
		symbols := 0
		for j := range c.p.Object.Symbols {
			sym := &c.p.Object.Symbols[j]
			if sym.Section != i || sym.Name == "" || sym.Type != sttNotype && sym.Type != sttObject {
				continue
			}
			symbols++
			if s.Name != "maps" && !strings.HasPrefix(s.Name, "maps/") && sym.Size < legacyBytes {
				c.refuse(RefuseMapSection, Refusal{
					Section: i, Symbol: "map " + sym.Name, Subject: fmt.Sprintf("section %q", s.Name),
					Detail: fmt.Sprintf("holds definitions of maps for {loader}, and %q has %d bytes", sym.Name, sym.Size),
				})
				return
			}
		}
		if symbols == 0 {
			c.refuse(RefuseMapSection, Refusal{Section: i, Symbol: "section " + s.Name, Detail: "holds definitions of maps for {loader}, and has no symbols"})
			return
		}
	}
}
