package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// EntryFault is a sort of reasons for which an initial entry of a map is refused.
type EntryFault uint8

// Sorts of reasons in [EntryProblem.Fault].
const (
	// EntryKey: the map's keys are not of the size that the loader fills in.
	EntryKey EntryFault = iota + 1
	// EntryBeyond: max_entries has no room for it.
	EntryBeyond
	// EntryInner: it is a map unlike the inner map.
	EntryInner
	// EntryReadOnly: the loader's file descriptor cannot write.
	EntryReadOnly
	// EntryNotLoaded: it is a program that is not loaded by default.
	EntryNotLoaded
)

// EntryProblem is an initial entry of a map that the kernel refuses once the
// map is created (libbpf.c, init_map_in_map_slots and init_prog_array_slots;
// cilium/ebpf collection.go, populateDeferredMaps).
type EntryProblem struct {
	Index  uint64
	Offset uint64 // of the entry's relocation, from the start of .maps
	Fault  EntryFault
	Detail string // the complaint in one clause
	// Depends says what decides if it is not certain: "pin", for a map that is
	// pinned is taken with the entries that it has, "application", which may
	// have the program loaded; "" if nothing does.
	Depends string
}

// mapEntry is an initial entry of a map: the symbol that a relocation of its
// member "values" names.
type mapEntry struct {
	index  uint64
	symbol *bpfobj.Symbol
	offset uint64 // of the relocation
	to     entryTarget
}

// entryTarget is what an initial entry names: a map, a program, or neither.
type entryTarget struct {
	toMap, toProgram int // index into Plan.Maps or Plan.Programs plus one, 0 for none
}

// entryPlace is a place in a section.
type entryPlace struct {
	section int
	offset  uint64
}

// entryTargets are the maps and programs that initial entries may name.
func (p *Plan) entryTargets() map[entryPlace]entryTarget {
	targets := make(map[entryPlace]entryTarget, len(p.Maps)+len(p.Programs))
	for i := range p.Maps {
		if m := p.Maps[i].Map; m.Kind == bpfobj.MapBTF {
			targets[entryPlace{m.Section, m.Offset}] = entryTarget{toMap: i + 1}
		}
	}
	for i := range p.Programs {
		f := p.Programs[i].Program.Function
		targets[entryPlace{f.Section, f.Offset}] = entryTarget{toProgram: i + 1}
	}
	return targets
}

// planEntries collects the initial entries of maps, and notes of each map the
// first that the kernel refuses.
func (p *Plan) planEntries() {
	if !p.Loader.Maps.FillsEntries || p.Object.FromSpec || p.Object.Types == nil {
		return
	}
	p.entries = p.mapEntries()
	if len(p.entries) == 0 {
		return
	}
	targets := p.entryTargets()
	for i := range p.Maps {
		mp := &p.Maps[i]
		if !mp.Created || mp.Malformed != "" {
			continue
		}
		entries := p.entries[i]
		for k := range entries {
			e := &entries[k]
			e.to = targets[entryPlace{e.symbol.Section, e.symbol.Value}]
			if mp.Entry != nil {
				continue
			}
			fault, detail := p.entryProblem(mp, e, len(entries))
			if fault == 0 {
				continue
			}
			mp.Entry = &EntryProblem{Index: e.index, Offset: e.offset, Fault: fault, Detail: detail, Depends: p.entryDepends(mp, fault)}
		}
	}
}

// entryDepends says what decides about an entry that is refused, "" if nothing does.
func (p *Plan) entryDepends(mp *MapPlan, fault EntryFault) string {
	switch {
	case fault == EntryNotLoaded:
		return "application"
	case mp.Def.Pinning != 0 && p.Loader.Maps.PinnedFilled && mp.Def.Type != mapProgArray:
		return "pin"
	}
	return ""
}

// valuesOf is where the member "values" of a map's variable begins and where
// the variable ends, in bytes of its section; ok is false if there is none.
func (p *Plan) valuesOf(m *bpfobj.Map) (start, end uint64, ok bool) {
	if m.Kind != bpfobj.MapBTF || m.Symbol <= 0 || m.Symbol >= len(p.Object.Symbols) || m.Section >= len(p.Object.Sections) {
		return 0, 0, false
	}
	g := p.Object.Types
	def := btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var))
	last := g.Vlen(def) - 1
	if g.Kind(def) != btfgraph.KindStruct || last < 0 || g.Member(def, last).Name != "values" {
		return 0, 0, false
	}
	sym := &p.Object.Symbols[m.Symbol]
	return sym.Value + uint64(g.Member(def, last).BitOffset/8), sym.Value + sym.Size, true
}

// mapEntries are the entries of the members "values" of definitions, by index
// of Maps, in the order of the relocations.
func (p *Plan) mapEntries() map[int][]mapEntry {
	type span struct {
		section, index int
		start, end     uint64
	}
	var spans []span
	for i, m := range p.Object.Maps {
		if start, end, ok := p.valuesOf(m); ok {
			spans = append(spans, span{m.Section, i, start, end})
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		if a.section != b.section {
			return a.section - b.section
		}
		return compareOffsets(a.start, b.start)
	})
	var entries map[int][]mapEntry
	for from := 0; from < len(spans); {
		to := from
		for to < len(spans) && spans[to].section == spans[from].section {
			to++
		}
		own := spans[from:to]
		for _, r := range p.Object.Sections[own[0].section].Relocs {
			k, found := slices.BinarySearchFunc(own, r.Offset, func(s span, at uint64) int { return compareOffsets(s.start, at) })
			if !found {
				k--
			}
			if k < 0 || r.Offset >= own[k].end || (r.Offset-own[k].start)%8 != 0 || r.Symbol <= 0 || r.Symbol >= len(p.Object.Symbols) {
				continue
			}
			if entries == nil {
				entries = make(map[int][]mapEntry)
			}
			s := &own[k]
			entries[s.index] = append(entries[s.index], mapEntry{index: (r.Offset - s.start) / 8, symbol: &p.Object.Symbols[r.Symbol], offset: r.Offset})
		}
		from = to
	}
	return entries
}

// entryProblem says why an entry, one of several, cannot be placed; 0 if nothing
// is known against it.
func (p *Plan) entryProblem(mp *MapPlan, e *mapEntry, entries int) (EntryFault, string) {
	d := &mp.Def
	hash := d.Type == mapHashOfMaps
	switch {
	case d.Type != mapArrayOfMaps && d.Type != mapProgArray && !hash:
		return 0, ""
	case hash && d.KeySize != 4 && d.KeySize != 0:
		return EntryKey, fmt.Sprintf("has a key of 4 bytes, the map has %d", d.KeySize)
	case hash && d.MaxEntries != 0 && uint64(entries) > uint64(d.MaxEntries):
		return EntryBeyond, fmt.Sprintf("is one of %d, max_entries is %d", entries, d.MaxEntries)
	case !hash && d.MaxEntries != 0 && e.index >= uint64(d.MaxEntries):
		return EntryBeyond, fmt.Sprintf("lies beyond max_entries, which is %d", d.MaxEntries)
	case d.Flags&flagReadOnly != 0:
		return EntryReadOnly, "cannot be written: map_flags has BPF_F_RDONLY"
	case d.Type == mapProgArray:
		if i := e.to.toProgram - 1; i >= 0 && p.Programs[i].Why == WhyOptional {
			return EntryNotLoaded, fmt.Sprintf("is program %q, which is not loaded by default", p.Programs[i].Program.Name)
		}
		return 0, ""
	case mp.Inner == nil || len(mp.Inner.Problems) > 0 || e.to.toMap == 0:
		return 0, ""
	}
	if to := &p.Maps[e.to.toMap-1]; len(to.Problems) == 0 {
		if detail := innerMismatch(&to.Def, &mp.Inner.Def, to.Map.Name); detail != "" {
			return EntryInner, detail
		}
	}
	return 0, ""
}

// innerMismatch says in what a map is another than the inner map for which it
// stands (kernel/bpf/map_in_map.c, bpf_map_meta_equal; arraymap.c,
// array_map_meta_equal). Flags of a map's file descriptor do not count
// (kernel/bpf/syscall.c, bpf_map_flags_retain_permanent).
func innerMismatch(m, inner *bpfobj.MapDef, name string) string {
	differ := func(what string, is, want uint32) string {
		return fmt.Sprintf("is map %q with %s %d, the inner map has %d", name, what, is, want)
	}
	flags, innerFlags := m.Flags&^flagsOfFile, inner.Flags&^flagsOfFile
	switch {
	case m.Type != inner.Type:
		return differ("type", m.Type, inner.Type)
	case m.KeySize != inner.KeySize:
		return differ("key_size", m.KeySize, inner.KeySize)
	case m.ValueSize != inner.ValueSize:
		return differ("value_size", m.ValueSize, inner.ValueSize)
	case flags != innerFlags:
		return differ("map_flags", flags, innerFlags)
	case m.Type == mapArray && m.Flags&flagInnerMap == 0 && m.MaxEntries != inner.MaxEntries:
		return differ("max_entries", m.MaxEntries, inner.MaxEntries)
	}
	return ""
}
