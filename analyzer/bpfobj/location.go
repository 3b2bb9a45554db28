package bpfobj

import (
	"sort"
	"strings"
)

// Origin says which line record a source position was taken from.
type Origin uint8

// Origins of a source position.
const (
	OriginNone     Origin = iota // no line record at all
	OriginOwn                    // the instruction's own record
	OriginNext                   // the next record within the basic block
	OriginPrevious               // the last record before the instruction
)

// String is the origin's name in the JSON contract: "", "own", "next" or "previous".
func (o Origin) String() string { return [...]string{"", "own", "next", "previous"}[o&3] }

// Source is a position in the C (or Rust) source. The text comes from the
// object itself: BTF line records hold the line.
type Source struct {
	File   string // as the compiler saw it; "" unknown
	Line   int    // 1-based, 0 unknown
	Column int    // 1-based, 0 unknown
	Text   string // the source line, without the line end
	Origin Origin
}

// Location is where a finding points. Functions of this package compute it;
// no rule computes lines.
type Location struct {
	Object  string // [Object.Name]
	Section string // "" if the finding is not about a section
	Program string // function name, "" if the finding is not about code
	Insn    int    // slot index within the function, -1 if none
	Offset  uint64 // bytes from the section's start
	Source  Source
	// Symbol names the thing: a word of a fixed list and the thing's name, as
	// in "map events". It becomes SARIF's logicalLocations and is part of a
	// finding's fingerprint, so that its spelling never changes. The words are
	// "func" (also of programs, where a function is the subject), "program",
	// "variable", "section", "map", "struct_ops map", "helper" ("helper
	// bpf_loop", or a number), "instruction" (the name of its form), and for
	// externs "kfunc", "ksym" and "kconfig"; a type is spelled in C, "struct task_struct.state". It is "" only for
	// the object itself.
	Symbol string
}

// Locate says where slot insn of a function is. The source position is that
// of the slot's own line record, else of the next record within its basic
// block, else of the last record before it: compilers give the helper
// instructions of an access no line, and what they prepare follows them. A call
// always has a line, so that one without a record is on the line of the record
// before it (LLVM BTFDebug.cpp, beginInstruction).
//
// f must be a function of o. A slot that f does not have gets no source.
func (o *Object) Locate(f *Function, insn int) Location {
	loc := o.place(f, insn)
	if insn < 0 || insn >= len(f.Insns) {
		return loc
	}
	lines := o.lines(f)
	i := lines.search(insn)
	switch {
	case i < lines.n && lines.slot(i) == insn:
		loc.Source = lines.source(i, OriginOwn)
	case i > 0 && f.Insns[insn].IsCall():
		loc.Source = lines.source(i-1, OriginPrevious)
	case i < lines.n && !f.leaders().between(insn, lines.slot(i)):
		loc.Source = lines.source(i, OriginNext)
	case i > 0:
		loc.Source = lines.source(i-1, OriginPrevious)
	}
	return loc
}

// LocateFunction says where a function starts: its first line record.
func (o *Object) LocateFunction(f *Function) Location {
	loc := o.place(f, -1)
	if lines := o.lines(f); lines.n > 0 {
		loc.Source = lines.source(0, OriginOwn)
	}
	return loc
}

// LocateSection says where the byte at offset of the section of index idx is.
func (o *Object) LocateSection(idx int, offset uint64) Location {
	if idx <= 0 || idx >= len(o.Sections) {
		return Location{Object: o.Name, Insn: -1, Offset: offset}
	}
	lo := sort.Search(len(o.Functions), func(i int) bool { return o.Functions[i].Section >= idx })
	hi := sort.Search(len(o.Functions), func(i int) bool { return o.Functions[i].Section > idx })
	if f := owner(o.Functions[lo:hi], offset); f != nil {
		loc := o.Locate(f, int((offset-f.Offset)/slotSize))
		loc.Offset = offset
		return loc
	}
	return Location{Object: o.Name, Section: o.Sections[idx].Name, Insn: -1, Offset: offset}
}

func (o *Object) place(f *Function, insn int) Location {
	return Location{
		Object: o.Name, Section: f.SectionName, Program: f.Name,
		Insn: insn, Offset: f.Offset + uint64(max(insn, 0))*slotSize,
	}
}

// lineView are the line records of one function, ascending by slot.
type lineView struct {
	n     int
	first int // index of the first record in table
	table *extTable
	base  uint64 // offset of the function in its section
	strs  string
	spec  []specLine
}

// specLine is a line record of a CollectionSpec.
type specLine struct {
	slot int
	src  Source
}

func (o *Object) lines(f *Function) lineView {
	if o.FromSpec {
		spec := o.ext.spec[f]
		return lineView{n: len(spec), spec: spec}
	}
	t := table(o.ext.lines, f.Section)
	if t == nil {
		return lineView{}
	}
	lo := t.search(f.Offset)
	hi := t.search(f.Offset + uint64(len(f.Insns))*slotSize)
	return lineView{n: hi - lo, first: lo, table: t, base: f.Offset, strs: o.ext.strs}
}

// LineRecords tells whether a function has line records, and whether the first
// belongs to its first instruction.
func (o *Object) LineRecords(f *Function) (has, atStart bool) {
	lines := o.lines(f)
	return lines.n > 0, lines.n > 0 && lines.slot(0) == 0
}

func (v *lineView) slot(i int) int {
	if v.spec != nil {
		return v.spec[i].slot
	}
	return int((uint64(v.table.u32(v.first+i, 0)) - v.base) / slotSize)
}

// search returns the first record at or after a slot.
func (v *lineView) search(slot int) int {
	return sort.Search(v.n, func(i int) bool { return v.slot(i) >= slot })
}

// source decodes a record (include/uapi/linux/bpf.h, struct bpf_line_info).
func (v *lineView) source(i int, origin Origin) Source {
	if v.spec != nil {
		src := v.spec[i].src
		src.Origin = origin
		return src
	}
	i += v.first
	col := v.table.u32(i, 12)
	return Source{
		File:   cString(v.strs, uint64(v.table.u32(i, 4))),
		Text:   strings.TrimRight(cString(v.strs, uint64(v.table.u32(i, 8))), "\r\n"),
		Line:   int(col >> 10),
		Column: int(col & 0x3ff),
		Origin: origin,
	}
}

// leaders is the set of slots that start a basic block.
type leaders struct{ bits []uint64 }

// between reports whether a block starts after slot from and up to slot to.
func (l *leaders) between(from, to int) bool {
	for i := from + 1; i <= to; i++ {
		if l.bits[i/64]&(1<<(i%64)) != 0 {
			return true
		}
	}
	return false
}

// leaders computes the starts of basic blocks: the slot after a jump or exit,
// and the targets of jumps.
func (f *Function) leaders() *leaders {
	if l := f.leads.Load(); l != nil {
		return l
	}
	l := &leaders{bits: make([]uint64, len(f.Insns)/64+1)}
	set := func(i int) {
		if i >= 0 && i < len(f.Insns) {
			l.bits[i/64] |= 1 << (i % 64)
		}
	}
	for i := 0; i < len(f.Insns); i++ {
		insn := f.Insns[i]
		if insn.Op == LdImm64 {
			i++
			continue
		}
		if to, ok := insn.jump(); ok {
			set(i + 1)
			set(i + 1 + to)
		}
	}
	f.leads.Store(l)
	return l
}

// jump returns the distance of a jump in slots from the next one, 0 for an
// exit; false for everything that goes on to the next slot.
func (i Insn) jump() (int, bool) {
	const (
		classJmp, classJmp32  = 0x05, 0x06
		opJa, opCall, opExit  = 0x00, 0x80, 0x90
		classMask, jumpOpMask = 0x07, 0xf0
	)
	class, op := i.Op&classMask, i.Op&jumpOpMask
	switch {
	case class != classJmp && class != classJmp32, op == opCall:
		return 0, false
	case op == opExit:
		return 0, true
	case class == classJmp32 && op == opJa: // gotol
		return int(i.Imm), true
	}
	return int(i.Off), true
}
