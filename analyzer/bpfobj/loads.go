package bpfobj

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Loads is what a loader hands to the kernel: an object that was taken apart
// already, of which no ELF file is at hand.
type Loads struct {
	ByteOrder binary.ByteOrder
	Carrier   Carrier
	// Raw are the bytes that the object came in, for [Object.SHA256].
	Raw []byte
	// BTF are the types that are handed over; nil for none.
	BTF      []byte
	Maps     []*Map
	Programs []LoadedProgram
	Externs  []*Extern
}

// LoadedProgram is a program as the kernel gets it: with all functions that it
// links.
type LoadedProgram struct {
	// Name is used if Funcs says none: the kernel's own names are cut.
	Name  string
	Attrs ProgramAttrs
	Insns []Insn
	// Funcs, Lines and CORE are the program's records as the kernel gets them
	// (include/uapi/linux/bpf.h, struct bpf_func_info, bpf_line_info and
	// bpf_core_relo), each of so many bytes.
	Funcs, Lines, CORE           []byte
	FuncSize, LineSize, CORESize int
	// Refs are the instructions that refer to maps and externs, by slot in
	// Insns, ascending.
	Refs []Ref
}

// FromLoads describes what a loader hands to the kernel. Like that of a
// CollectionSpec, the view has no sections and symbols; functions lie one after
// the other as in the program's instructions, those that two programs link once
// for each. It keeps the maps, externs and instructions that it is given.
//
// Malformed BTF and records are facts of the object.
func FromLoads(name string, l *Loads) (o *Object, err error) {
	defer func() {
		if r := recover(); r != nil {
			o, err = nil, fmt.Errorf("internal error: reading loads of %q: %v, please report", name, r)
		}
	}()
	r := &loadsReader{o: &Object{
		Name: name, ByteOrder: l.ByteOrder, FromSpec: true, Carrier: l.Carrier, raw: l.Raw, Maps: l.Maps, Externs: l.Externs,
	}}
	r.o.ext.spec = map[*Function][]specLine{}
	if len(l.BTF) > 0 {
		types, err := btfgraph.Open(l.BTF, nil)
		if err == nil {
			err = types.Validate()
		}
		if err != nil {
			r.o.TypesErr = fmt.Errorf("BTF: %w", err)
		} else {
			r.o.Types, r.strs = types, types.Strings()
		}
	}
	r.describe()
	for i := range l.Programs {
		r.addProgram(i, &l.Programs[i])
	}
	r.o.linkRefs()
	return r.o, nil
}

// loadsReader holds what is needed while loads are read.
type loadsReader struct {
	o    *Object
	strs string // of the BTF
}

// describe finds the variables of maps.
func (r *loadsReader) describe() {
	g := r.o.Types
	if g == nil {
		return
	}
	for _, m := range r.o.Maps {
		if m.Kind == MapBTF {
			m.Var = btfgraph.First(g, btfgraph.KindVar, m.Name)
		}
	}
}

// addProgram splits a program into its functions.
func (r *loadsReader) addProgram(index int, lp *LoadedProgram) {
	attrs := lp.Attrs
	list := r.functions(index, lp)
	p := &Program{Function: list[0], Explicit: &attrs}
	p.Function.Program = p
	r.o.Programs = append(r.o.Programs, p)
	r.o.Functions = append(r.o.Functions, list...)
	if attrs.License != "" && !r.o.HasLicense {
		r.o.License, r.o.HasLicense = attrs.License, true
	}
	r.addRefs(list, lp)
	r.addLines(list, lp)
	r.addCORE(list, lp)
}

// functions are the functions of a program by offset, at least one. Without
// records it is a single one.
func (r *loadsReader) functions(index int, lp *LoadedProgram) []*Function {
	main := &Function{Name: lp.Name, Section: index + 1, Binding: BindGlobal}
	list := []*Function{main}
	for rec := range records(lp.Funcs, lp.FuncSize, funcRecordSize) {
		slot, id := r.u32(rec), btfgraph.ID(r.u32(rec[4:]))
		if r.o.Types == nil || int64(slot) >= int64(len(lp.Insns)) {
			continue
		}
		f := main
		if last := list[len(list)-1]; uint64(slot)*slotSize > last.Offset {
			f = &Function{Section: index + 1, SectionName: ".text", Offset: uint64(slot) * slotSize, Binding: BindGlobal}
			list = append(list, f)
		} else if slot != 0 {
			continue // out of order
		}
		if f.Type = funcType(r.o.Types, id); f.Type == btfgraph.Void {
			continue
		}
		f.Metadata = true
		if name := r.o.Types.Name(f.Type); f != main || strings.HasPrefix(name, lp.Name) {
			f.Name = name
		}
		if f.Linkage(r.o.Types) == btfgraph.LinkageStatic {
			f.Binding = BindLocal
		}
	}
	for i, f := range list {
		end := uint64(len(lp.Insns)) * slotSize
		if i+1 < len(list) {
			end = list[i+1].Offset
		}
		f.SizeBytes = end - f.Offset
		f.Insns = lp.Insns[f.Offset/slotSize : end/slotSize : end/slotSize]
	}
	return list
}

// records yields whole records.
func records(data []byte, size, least int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		if size < least {
			return
		}
		for rec := range slices.Chunk(data, size) {
			if len(rec) < size || !yield(rec) {
				return
			}
		}
	}
}

func (r *loadsReader) u32(b []byte) uint32 { return r.o.ByteOrder.Uint32(b) }

// place finds the function of a slot, and the slot within it.
func (r *loadsReader) place(list []*Function, slot uint64) (*Function, int) {
	f := owner(list, slot*slotSize)
	if f == nil {
		return nil, 0
	}
	return f, int(slot - f.Offset/slotSize)
}

// addRefs hands references to their functions, and adds the calls and the
// addresses of functions, which are linked already.
func (r *loadsReader) addRefs(list []*Function, lp *LoadedProgram) {
	given := lp.Refs
	for slot := 0; slot < len(lp.Insns); slot++ {
		insn := lp.Insns[slot]
		f, i := r.place(list, uint64(slot))
		for len(given) > 0 && given[0].Insn < slot {
			given = given[1:]
		}
		switch {
		case len(given) > 0 && given[0].Insn == slot:
			ref := given[0]
			ref.Insn = i
			f.Refs = append(f.Refs, ref)
		case insn.IsCall() && insn.Src == PseudoCall:
			f.Refs = append(f.Refs, r.function(list, i, RefCall, slot, insn.Imm))
		case insn.Op == LdImm64 && insn.Src == PseudoFunc:
			f.Refs = append(f.Refs, r.function(list, i, RefFuncAddr, slot, insn.Imm))
		}
		if insn.Op == LdImm64 {
			slot++
		}
	}
}

func (r *loadsReader) function(list []*Function, insn int, kind RefKind, slot int, distance int32) Ref {
	ref := Ref{Insn: insn, Kind: kind, Symbol: -1, Offset: (int64(slot) + 1 + int64(distance)) * slotSize}
	if ref.Offset < 0 {
		return ref
	}
	if f := owner(list, uint64(ref.Offset)); f != nil && f.Offset == uint64(ref.Offset) {
		ref.Func = f
	}
	return ref
}

func (r *loadsReader) addLines(list []*Function, lp *LoadedProgram) {
	for rec := range records(lp.Lines, lp.LineSize, lineRecordSize) {
		f, slot := r.place(list, uint64(r.u32(rec)))
		if f == nil {
			continue
		}
		lines := r.o.ext.spec[f]
		if n := len(lines); n > 0 && lines[n-1].slot >= slot {
			continue // out of order
		}
		column := r.u32(rec[12:])
		r.o.ext.spec[f] = append(lines, specLine{slot, Source{
			File: cString(r.strs, uint64(r.u32(rec[4:]))), Text: strings.TrimRight(cString(r.strs, uint64(r.u32(rec[8:]))), "\r\n"),
			Line: int(column >> 10), Column: int(column & 0x3ff),
		}})
	}
}

// addCORE takes the CO-RE records of a program. The kernel counts in bytes from
// the program's start.
func (r *loadsReader) addCORE(list []*Function, lp *LoadedProgram) {
	for rec := range records(lp.CORE, lp.CORESize, coreRecordSize) {
		offset := r.u32(rec)
		c := CORERecord{
			Section: list[0].Section, Offset: uint64(offset), Type: btfgraph.ID(r.u32(rec[4:])),
			Access: cString(r.strs, uint64(r.u32(rec[8:]))), Kind: r.u32(rec[12:]),
		}
		if f, slot := r.place(list, uint64(offset)/slotSize); f != nil {
			c.Func, c.Insn = f, slot
			f.CORE = append(f.CORE, len(r.o.CORE))
		}
		r.o.CORE = append(r.o.CORE, c)
	}
	for _, f := range list {
		slices.SortStableFunc(f.CORE, func(a, b int) int { return r.o.CORE[a].Insn - r.o.CORE[b].Insn })
	}
}
