package bpfobj

import (
	"debug/elf"
	"fmt"
	"sort"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// maxMembers bounds the members of all struct_ops variables together, because
// a DATASEC may name one large struct many times. The largest real struct has
// some fifty.
const maxMembers = 1 << 16

// StrayReloc is a relocation of a struct_ops section that lies in none of its
// variables (libbpf.c, find_struct_ops_map_by_offset).
type StrayReloc struct {
	Reloc
	Section     int // section index
	SectionName string
	// Target is the function at the symbol's value, nil if there is none.
	Target *Function
}

// StrayStructOpsRelocs returns the relocations of struct_ops sections that no
// variable covers, by section and offset. Not to be modified.
func (o *Object) StrayStructOpsRelocs() []StrayReloc { return o.strays }

// structOpsSection reports the section names that libbpf takes for struct_ops
// (libbpf.c, bpf_object__elf_collect).
func structOpsSection(name string) bool {
	name = strings.TrimPrefix(name, "?")
	return name == ".struct_ops" || name == ".struct_ops.link"
}

// addStructOps makes a map of every variable of the struct_ops sections
// (libbpf.c, init_struct_ops_maps and bpf_object__collect_st_ops_relos).
func (r *reader) addStructOps() error {
	members := 0
	for i := range r.o.Sections {
		s := &r.o.Sections[i]
		if !structOpsSection(s.Name) || s.Type != uint32(elf.SHT_PROGBITS) || s.Executable() || s.Size == 0 {
			continue
		}
		start := len(r.o.StructOps)
		if ds := r.o.datasec(s.Name); ds != nil {
			for k := range ds.Vars {
				m := r.structOpsMap(s, &ds.Vars[k])
				if members += r.memberCount(m); members > maxMembers {
					return fmt.Errorf("%w: more than %d struct_ops members", ErrMalformed, maxMembers)
				}
				m.Members = initialMembers(r.o.Types, m)
				r.o.StructOps = append(r.o.StructOps, m)
			}
		}
		r.placeRelocs(s, r.o.StructOps[start:])
	}
	return nil
}

func (r *reader) structOpsMap(s *Section, v *DatasecVar) *StructOpsMap {
	g := r.o.Types
	m := &StructOpsMap{
		Name: v.Name, Section: s.Index, SectionName: s.Name,
		Optional: strings.HasPrefix(s.Name, "?"), Link: strings.HasSuffix(s.Name, ".link"),
		Symbol: v.Symbol, Var: v.Var, Type: resolveVar(g, v.Var), Offset: v.Offset,
	}
	m.TypeName = g.Name(m.Type)
	m.SizeBytes, _ = btfgraph.SizeOf(g, m.Type)
	if within(m.Offset, m.SizeBytes, len(s.Data)) {
		end := m.Offset + m.SizeBytes
		m.Data = s.Data[m.Offset:end:end]
	}
	return m
}

func (r *reader) memberCount(m *StructOpsMap) int {
	if r.o.Types.Kind(m.Type) != btfgraph.KindStruct {
		return 0
	}
	return r.o.Types.Vlen(m.Type)
}

// resolveVar follows a VAR, its modifiers and typedefs (libbpf btf.c,
// btf__resolve_type).
func resolveVar(g btfgraph.Graph, id btfgraph.ID) btfgraph.ID {
	if g.Kind(id) == btfgraph.KindVar {
		id = g.Ref(id)
	}
	return btfgraph.SkipModsAndTypedefs(g, id)
}

// initialMembers lists the members of a struct with what m.Data says of them.
func initialMembers(g btfgraph.Graph, m *StructOpsMap) []StructOpsMember {
	if g.Kind(m.Type) != btfgraph.KindStruct {
		return nil
	}
	members := make([]StructOpsMember, g.Vlen(m.Type))
	for i := range members {
		f := g.Member(m.Type, i)
		t := btfgraph.SkipModsAndTypedefs(g, f.Type)
		size, _ := btfgraph.SizeOf(g, f.Type)
		members[i] = StructOpsMember{
			Index: i, Name: f.Name, Type: f.Type, BitOffset: f.BitOffset, BitfieldSize: f.BitfieldSize, SizeBytes: size,
			FuncPtr: g.Kind(t) == btfgraph.KindPtr &&
				g.Kind(btfgraph.SkipModsAndTypedefs(g, g.Ref(t))) == btfgraph.KindFuncProto,
		}
		members[i].NonZero = members[i].nonZero(m.Data)
	}
	return members
}

// nonZero reports whether the member's bytes in data hold anything. A
// bitfield counts with all bytes that it touches.
func (s *StructOpsMember) nonZero(data []byte) bool {
	from := uint64(s.BitOffset / 8)
	to := from + s.SizeBytes
	if s.BitfieldSize != 0 {
		to = (uint64(s.BitOffset) + uint64(s.BitfieldSize) + 7) / 8
	}
	for i := from; i < to && i < uint64(len(data)); i++ {
		if data[i] != 0 {
			return true
		}
	}
	return false
}

// placeRelocs gives the relocations of a struct_ops section to its variables,
// which are ordered by offset.
func (r *reader) placeRelocs(s *Section, maps []*StructOpsMap) {
	var starts map[uint32]int // of the members of maps[last], by bit offset
	last := -1
	for _, rel := range s.Relocs {
		k := sort.Search(len(maps), func(i int) bool { return maps[i].Offset > rel.Offset }) - 1
		if k < 0 || rel.Offset-maps[k].Offset >= maps[k].SizeBytes {
			r.o.strays = append(r.o.strays, StrayReloc{Reloc: rel, Section: s.Index, SectionName: s.Name, Target: r.symbolFunc(rel.Symbol)})
			continue
		}
		m := maps[k]
		if k != last {
			starts, last = memberStarts(m), k
		}
		sr := StructOpsReloc{Reloc: rel, Member: -1, Target: r.symbolFunc(rel.Symbol)}
		if i, ok := starts[uint32(rel.Offset-m.Offset)*8]; ok {
			sr.Member = i
			if sr.Target != nil {
				m.Members[i].Program = sr.Target
			}
		}
		m.Relocs = append(m.Relocs, sr)
	}
}

// memberStarts indexes the first member at each bit offset (libbpf.c,
// find_member_by_offset).
func memberStarts(m *StructOpsMap) map[uint32]int {
	starts := make(map[uint32]int, len(m.Members))
	for i := range m.Members {
		if _, ok := starts[m.Members[i].BitOffset]; !ok {
			starts[m.Members[i].BitOffset] = i
		}
	}
	return starts
}

// symbolFunc is the function that holds the symbol's value, nil if none does.
// Like libbpf it ignores an addend in the relocated bytes.
func (r *reader) symbolFunc(symbol int) *Function {
	if symbol >= len(r.o.Symbols) {
		return nil
	}
	sym := &r.o.Symbols[symbol]
	return r.owner(sym.Section, sym.Value)
}
