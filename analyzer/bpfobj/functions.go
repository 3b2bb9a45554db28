package bpfobj

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"sort"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// slotSize is the size of an instruction slot in bytes.
const slotSize = 8

// addFunctions splits the executable sections by their STT_FUNC symbols
// (libbpf.c, bpf_object__add_programs). Functions of one section share one
// array of slots, so that overlapping symbols cost nothing.
func (r *reader) addFunctions() {
	o := r.o
	symbols := r.functionSymbols()
	funcs := make([]Function, len(symbols))
	o.Functions = make([]*Function, len(symbols))
	for i, n := range symbols {
		sym := &o.Symbols[n]
		f := &funcs[i]
		f.Name, f.Section, f.Symbol, f.SectionName = sym.Name, sym.Section, n, o.Sections[sym.Section].Name
		f.Offset, f.SizeBytes, f.Binding, f.Hidden = sym.Value, sym.Size, sym.Binding, sym.Hidden()
		o.Functions[i] = f
	}
	slices.SortStableFunc(o.Functions, func(a, b *Function) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Offset, b.Offset))
	})
	r.spans = make([]span, len(o.Sections))
	for lo := 0; lo < len(o.Functions); {
		hi := lo + 1
		for hi < len(o.Functions) && o.Functions[hi].Section == o.Functions[lo].Section {
			hi++
		}
		r.spans[o.Functions[lo].Section] = span{lo, hi}
		r.decode(o.Functions[lo:hi])
		lo = hi
	}
	programs := make([]Program, len(o.Functions))
	o.Programs = make([]*Program, 0, len(o.Functions))
	for i, f := range o.Functions {
		if f.SectionName == ".text" {
			continue
		}
		f.Program = &programs[i]
		*f.Program = Program{Function: f, Optional: strings.HasPrefix(f.SectionName, "?")}
		o.Programs = append(o.Programs, f.Program)
	}
}

// functionSymbols are the indexes of the STT_FUNC symbols of executable sections.
func (r *reader) functionSymbols() []int {
	list := make([]int, 0, len(r.o.Symbols))
	for i := range r.o.Symbols {
		sym := &r.o.Symbols[i]
		if sym.Type != uint8(elf.STT_FUNC) || sym.Section <= 0 || sym.Section >= len(r.o.Sections) {
			continue
		}
		if sec := &r.o.Sections[sym.Section]; sec.Executable() && sec.Size > 0 {
			list = append(list, i)
		}
	}
	return list
}

// decode gives the functions of one section their slots.
func (r *reader) decode(funcs []*Function) {
	insns := DecodeInsns(r.o.Sections[funcs[0].Section].Data, r.f.order)
	for _, f := range funcs {
		if f.Offset%slotSize != 0 || !within(f.Offset, f.SizeBytes, len(insns)*slotSize) {
			continue
		}
		end := (f.Offset + f.SizeBytes) / slotSize
		f.Insns = insns[f.Offset/slotSize : end : end]
	}
}

// DecodeInsns decodes instruction slots; bytes behind the last whole one are left
// out. The two register nibbles change places with the byte order
// (include/uapi/linux/bpf.h, struct bpf_insn).
func DecodeInsns(data []byte, order binary.ByteOrder) []Insn {
	insns := make([]Insn, len(data)/slotSize)
	if order == binary.BigEndian {
		for i := range insns {
			w, insn := binary.BigEndian.Uint64(data[i*slotSize:]), &insns[i]
			insn.Op, insn.Dst, insn.Src = uint8(w>>56), uint8(w>>48)>>4, uint8(w>>48)&0xf
			insn.Off, insn.Imm = int16(w>>32), int32(w)
		}
		return insns
	}
	for i := range insns {
		w, insn := binary.LittleEndian.Uint64(data[i*slotSize:]), &insns[i]
		insn.Op, insn.Dst, insn.Src = uint8(w), uint8(w>>8)&0xf, uint8(w>>8)>>4
		insn.Off, insn.Imm = int16(w>>16), int32(w>>32)
	}
	return insns
}

// owner returns the function that holds the byte at offset of a section, nil
// if none does (libbpf.c, find_prog_by_sec_insn). Every byte has at most one
// owner, the last one that starts before it.
func (r *reader) owner(section int, offset uint64) *Function {
	if section < 0 || section >= len(r.spans) {
		return nil
	}
	return owner(r.o.Functions[r.spans[section].lo:r.spans[section].hi], offset)
}

func owner(funcs []*Function, offset uint64) *Function {
	i := sort.Search(len(funcs), func(i int) bool { return funcs[i].Offset > offset })
	if i == 0 {
		return nil
	}
	if f := funcs[i-1]; offset-f.Offset < f.SizeBytes {
		return f
	}
	return nil
}

// at returns the function that starts at offset of a section, nil if none does.
func (r *reader) at(section int, offset uint64) *Function {
	if f := r.owner(section, offset); f != nil && f.Offset == offset {
		return f
	}
	return nil
}

// typeFunctions finds the FUNC of every function: what .BTF.ext says, else by name.
func (r *reader) typeFunctions() {
	g := r.o.Types
	if g == nil {
		return
	}
	for i := range r.o.ext.funcs {
		t := &r.o.ext.funcs[i]
		if t.section <= 0 || t.section >= len(r.spans) {
			continue
		}
		funcs := r.o.Functions[r.spans[t.section].lo:r.spans[t.section].hi]
		for n, k := 0, 0; n < t.len() && k < len(funcs); {
			off, id := t.u32(n, 0), t.u32(n, 4)
			switch {
			case uint64(off) < funcs[k].Offset:
				n++
			case uint64(off) > funcs[k].Offset:
				k++
			default:
				funcs[k].Type = funcType(g, btfgraph.ID(id))
				k++
			}
		}
	}
	var byName map[string]btfgraph.ID
	for _, f := range r.o.Functions {
		if f.Type != btfgraph.Void {
			continue
		}
		if byName == nil {
			byName = r.funcsByName()
		}
		f.Type = byName[f.Name]
	}
}

// funcType is id if it is a FUNC, else void.
func funcType(g btfgraph.Graph, id btfgraph.ID) btfgraph.ID {
	if g.Kind(id) != btfgraph.KindFunc {
		return btfgraph.Void
	}
	return id
}

// funcsByName indexes the FUNCs that are not extern, the first of each name.
func (r *reader) funcsByName() map[string]btfgraph.ID {
	g := r.o.Types
	m := map[string]btfgraph.ID{}
	for _, id := range r.decls {
		if g.Kind(id) != btfgraph.KindFunc || g.Linkage(id) == btfgraph.LinkageExtern {
			continue
		}
		if name := g.Name(id); name != "" {
			if _, ok := m[name]; !ok {
				m[name] = id
			}
		}
	}
	return m
}
