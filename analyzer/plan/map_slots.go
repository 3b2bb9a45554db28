package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// RefuseMapSlot: an initial entry of a map of maps or of programs that cannot
// be placed.
const RefuseMapSlot Code = "map-slot"

// checkMapSlots follows libbpf.c, bpf_object__collect_map_relos: the
// relocations of .maps are the initial entries of maps of maps and program
// arrays, in their member "values".
func (p *Plan) checkMapSlots() {
	section := p.Object.Section(".maps")
	if section == nil || len(section.Relocs) == 0 || p.Object.Types == nil {
		return
	}
	var maps []*bpfobj.Map
	for _, m := range p.Object.Maps {
		if m.Kind == bpfobj.MapBTF {
			maps = append(maps, m)
		}
	}
	slices.SortStableFunc(maps, func(a, b *bpfobj.Map) int { return compareOffsets(a.Offset, b.Offset) })
	programs := make(map[string]*bpfobj.Program, len(p.Object.Programs))
	for _, prog := range p.Object.Programs {
		programs[prog.Name] = prog
	}
	for _, r := range section.Relocs {
		if r.Symbol < 0 || r.Symbol >= len(p.Object.Symbols) {
			continue // a relocation table that is refused elsewhere
		}
		m := p.slotOwner(maps, r.Offset)
		subject, why := fmt.Sprintf("entry at byte %d of \".maps\"", r.Offset), "is in no map"
		if m != nil {
			subject, why = fmt.Sprintf("initial entry of map %q", m.Name), p.slotProblem(m, r, section.Index, programs)
		}
		if why != "" {
			p.refuse(Refusal{
				Code: RefuseMapSlot, Scope: ScopeObject, Section: section.Index, Offset: r.Offset, Subject: subject, Detail: why,
			})
			return
		}
	}
}

func compareOffsets(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// slotOwner is the map whose variable holds 8 bytes at an offset, nil if none does.
func (p *Plan) slotOwner(maps []*bpfobj.Map, offset uint64) *bpfobj.Map {
	i, found := slices.BinarySearchFunc(maps, offset, func(m *bpfobj.Map, at uint64) int { return compareOffsets(m.Offset, at) })
	if !found {
		i--
	}
	if i < 0 || maps[i].Symbol <= 0 || maps[i].Symbol >= len(p.Object.Symbols) {
		return nil
	}
	if size := p.Object.Symbols[maps[i].Symbol].Size; offset-maps[i].Offset > size || size-(offset-maps[i].Offset) < 8 {
		return nil
	}
	return maps[i]
}

// slotProblem says why an initial entry of a map is refused, "" if it is not.
func (p *Plan) slotProblem(m *bpfobj.Map, r bpfobj.Reloc, section int, programs map[string]*bpfobj.Program) string {
	sym := &p.Object.Symbols[r.Symbol]
	g := p.Object.Types
	switch m.Def.Type {
	case mapArrayOfMaps, mapHashOfMaps:
		if sym.Section != section || sym.Type == sttSect {
			return fmt.Sprintf("is %q, which is no map", sym.Name)
		}
		if m.Def.Type == mapHashOfMaps && m.Def.KeySize != 4 {
			return fmt.Sprintf("stands under a key of %d bytes, initial keys have 4", m.Def.KeySize)
		}
	case mapProgArray:
		if prog := programs[sym.Name]; prog == nil || prog.Section != sym.Section || prog.Offset != sym.Value {
			return fmt.Sprintf("is %q, which is no program", sym.Name)
		}
	default:
		return fmt.Sprintf("is %q, and its type has no initial entries", sym.Name)
	}
	def := btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var))
	last := g.Member(def, g.Vlen(def)-1)
	at := r.Offset - m.Offset
	switch start := uint64(last.BitOffset / 8); {
	case last.Name != "values" || at < start:
		return `is not in the member "values"`
	case (at-start)%8 != 0:
		return `is not at a multiple of 8 bytes in the member "values"`
	}
	return ""
}
