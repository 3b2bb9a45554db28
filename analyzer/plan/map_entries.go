package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// flagInnerMap is BPF_F_INNER_MAP: maps of other sizes may stand for the inner map.
const flagInnerMap = 1 << 12

// mapEntry is an initial entry of a map: the symbol that a relocation of its
// member "values" names.
type mapEntry struct {
	index  uint64
	symbol *bpfobj.Symbol
	offset uint64 // of the relocation
}

// checkEntries finds initial entries that the kernel refuses once the maps are
// created (libbpf.c, init_map_in_map_slots and init_prog_array_slots;
// cilium/ebpf collection.go, populateDeferredMaps).
func (p *Plan) checkEntries() {
	if !p.Loader.Maps.FillsEntries || p.Object.FromSpec || p.Object.Types == nil {
		return
	}
	for i := range p.Maps {
		mp := &p.Maps[i]
		if !mp.Created || mp.Malformed != "" || mp.Map.Kind != bpfobj.MapBTF {
			continue
		}
		entries := p.entriesOf(mp.Map)
		for k := range entries {
			why := p.entryProblem(mp, &entries[k], len(entries))
			if why == "" {
				continue
			}
			p.refuse(Refusal{
				Code: RefuseMapSlot, Stage: StageLoad, Scope: p.ScopeOfMap(mp.Map), Section: mp.Map.Section, Offset: entries[k].offset,
				Symbol: "map " + mp.Map.Name, Subject: fmt.Sprintf("initial entry %d of map %q", entries[k].index, mp.Map.Name), Detail: why,
			})
			break
		}
	}
}

// entriesOf are the entries of the member "values" of a definition.
func (p *Plan) entriesOf(m *bpfobj.Map) []mapEntry {
	if m.Symbol <= 0 || m.Symbol >= len(p.Object.Symbols) || m.Section >= len(p.Object.Sections) {
		return nil
	}
	g := p.Object.Types
	def := btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var))
	last := g.Vlen(def) - 1
	if g.Kind(def) != btfgraph.KindStruct || last < 0 || g.Member(def, last).Name != "values" {
		return nil
	}
	sym := &p.Object.Symbols[m.Symbol]
	start, end := sym.Value+uint64(g.Member(def, last).BitOffset/8), sym.Value+sym.Size
	var entries []mapEntry
	for _, r := range p.Object.Sections[m.Section].Relocs {
		if r.Offset < start || r.Offset >= end || (r.Offset-start)%8 != 0 || r.Symbol <= 0 || r.Symbol >= len(p.Object.Symbols) {
			continue
		}
		entries = append(entries, mapEntry{(r.Offset - start) / 8, &p.Object.Symbols[r.Symbol], r.Offset})
	}
	return entries
}

// entryProblem says why an entry, one of several, cannot be placed.
func (p *Plan) entryProblem(mp *MapPlan, e *mapEntry, entries int) string {
	d := &mp.Def
	hash := d.Type == mapHashOfMaps
	switch {
	case d.Type != mapArrayOfMaps && d.Type != mapProgArray && !hash:
		return ""
	case hash && d.KeySize != 4 && d.KeySize != 0:
		return fmt.Sprintf("has a key of 4 bytes, the map has %d", d.KeySize)
	case hash && d.MaxEntries != 0 && uint64(entries) > uint64(d.MaxEntries):
		return fmt.Sprintf("is one of %d, max_entries is %d", entries, d.MaxEntries)
	case !hash && d.MaxEntries != 0 && e.index >= uint64(d.MaxEntries):
		return fmt.Sprintf("lies beyond max_entries, which is %d", d.MaxEntries)
	case d.Type == mapProgArray || mp.Inner == nil || len(mp.Inner.Problems) > 0:
		return ""
	}
	for i := range p.Maps {
		if to := &p.Maps[i]; to.Map.Section == e.symbol.Section && to.Map.Kind == bpfobj.MapBTF && to.Map.Offset == e.symbol.Value && len(to.Problems) == 0 {
			return innerMismatch(&to.Def, &mp.Inner.Def, to.Map.Name)
		}
	}
	return ""
}

// innerMismatch says in what a map is another than the inner map for which it
// stands (kernel/bpf/map_in_map.c, bpf_map_meta_equal; arraymap.c,
// array_map_meta_equal).
func innerMismatch(m, inner *bpfobj.MapDef, name string) string {
	differ := func(what string, is, want uint32) string {
		return fmt.Sprintf("is map %q with %s %d, the inner map has %d", name, what, is, want)
	}
	switch {
	case m.Type != inner.Type:
		return differ("type", m.Type, inner.Type)
	case m.KeySize != inner.KeySize:
		return differ("key_size", m.KeySize, inner.KeySize)
	case m.ValueSize != inner.ValueSize:
		return differ("value_size", m.ValueSize, inner.ValueSize)
	case m.Flags != inner.Flags:
		return differ("map_flags", m.Flags, inner.Flags)
	case m.Type == mapArray && m.Flags&flagInnerMap == 0 && m.MaxEntries != inner.MaxEntries:
		return differ("max_entries", m.MaxEntries, inner.MaxEntries)
	}
	return ""
}
