package shadow

import (
	"fmt"
	"strconv"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// builder makes the shadow types of one object.
type builder struct {
	g     btfgraph.Graph
	style Style
	// enumerators are those that the types so far define, enums the anonymous
	// enums that members so far have.
	enumerators map[string]bool
	enums       map[btfgraph.ID]bool

	ops   *bpfobj.StructOpsMap
	t     *Type
	next  uint64          // offset behind the last member
	names map[string]bool // of t's members, and of all members of the object
	align uint64          // of t
}

// pointerSize is that of BPF: an object's pointers have 8 bytes, whatever the
// host has.
const pointerSize = 8

// build makes the type of one map (bpftool gen.c, walk_st_ops_shadow_vars).
func (b *builder) build(m *bpfobj.StructOpsMap) (*Type, error) {
	b.t = &Type{Map: m.Name, TypeName: m.TypeName, SizeBytes: m.SizeBytes, ops: m}
	b.ops, b.next, b.align, b.names = m, 0, 1, make(map[string]bool, len(m.Members))
	repeated := b.namesOf(m)
	for i := range m.Members {
		if err := b.member(&m.Members[i], repeated); err != nil {
			return nil, err
		}
	}
	b.tail()
	if b.t.SizeBytes%b.align != 0 {
		b.t.Packed = true
	}
	if b.t.Packed {
		b.fix(Misaligned, "")
	}
	return b.t, nil
}

// namesOf reserves the names of the members and returns those that several
// have.
func (b *builder) namesOf(m *bpfobj.StructOpsMap) (repeated map[string]bool) {
	repeated = map[string]bool{}
	for i := range m.Members {
		name := m.Members[i].Name
		repeated[name] = b.names[name]
		b.names[name] = true
	}
	return repeated
}

// member adds a member of the object, and the gap before it.
func (b *builder) member(m *bpfobj.StructOpsMember, repeated map[string]bool) error {
	id := btfgraph.SkipModsAndTypedefs(b.g, m.Type)
	if bits, ok := b.bitfield(m, id); ok {
		b.bits(m, bits)
		return nil
	}
	size, ok := btfgraph.SizeOf(b.g, id)
	offset := uint64(m.BitOffset / 8)
	switch {
	case !ok:
		return fmt.Errorf("member %q has no size", m.Name)
	case offset < b.next:
		return fmt.Errorf("member %q at offset %d bytes overlaps the one before it", m.Name, offset)
	case offset > b.t.SizeBytes || size > b.t.SizeBytes-offset:
		return fmt.Errorf("member %q of %d bytes ends beyond the struct", m.Name, size)
	}
	b.gap(m.Index, offset)
	s := Member{Name: m.Name, Of: m.Name, Index: m.Index, OffsetBytes: offset, SizeBytes: size}
	s.Kind, s.Num = b.classify(m, id)
	if s.Kind != Unsupported && (!isIdentifier(m.Name) || cKeyword(m.Name) || repeated[m.Name]) {
		b.fix(Name, m.Name)
		s.Kind = Unsupported
	}
	if s.Kind != Unsupported {
		if cppKeyword(m.Name) {
			b.fix(Keyword, m.Name)
			for s.CPPName = m.Name + "_"; b.names[s.CPPName]; {
				s.CPPName += "_"
			}
		}
		b.alignTo(offset, s.alignment())
		b.add(s)
		return nil
	}
	b.unsupported(s)
	return nil
}

// classify says what a member becomes. id is its type without modifiers.
func (b *builder) classify(m *bpfobj.StructOpsMember, id btfgraph.ID) (Kind, Number) {
	switch b.g.Kind(id) {
	case btfgraph.KindInt, btfgraph.KindFloat, btfgraph.KindEnum, btfgraph.KindEnum64:
		n, reason, fixed := b.number(id)
		if fixed {
			b.fix(reason, m.Name)
		}
		if n.Class == NumOther {
			return Unsupported, Number{}
		}
		return Scalar, n
	case btfgraph.KindPtr:
		if m.FuncPtr {
			return Program, Number{}
		}
	}
	return Unsupported, Number{}
}

// unsupported adds the bytes of a member that is not shown.
func (b *builder) unsupported(s Member) {
	s.Kind, s.Num = Unsupported, Number{}
	if !b.style.UnsupportedAsPadding {
		s.Name = b.free("__unsupported_"+strconv.Itoa(s.Index), s.Of)
		b.add(s)
		return
	}
	s.Name = b.free("__padding_"+strconv.Itoa(s.Index), s.Of)
	end := b.t.SizeBytes
	if s.Index+1 < len(b.ops.Members) {
		end = uint64(b.ops.Members[s.Index+1].BitOffset / 8)
	}
	if end > s.OffsetBytes+s.SizeBytes && end <= b.t.SizeBytes {
		s.SizeBytes = end - s.OffsetBytes
	}
	b.add(s)
}

// bitfield returns the width of a member in bits if it is a bitfield: one of a
// struct with the kind flag, or in old BTF one of an INT that says so, or one
// that starts within a byte.
func (b *builder) bitfield(m *bpfobj.StructOpsMember, id btfgraph.ID) (bits uint64, ok bool) {
	if m.BitfieldSize != 0 {
		return uint64(m.BitfieldSize), true
	}
	if b.g.Kind(id) == btfgraph.KindInt {
		n := b.g.Int(id)
		if n.Offset != 0 || uint64(n.Bits) != 8*uint64(b.g.Size(id)) {
			return uint64(n.Bits), true
		}
	}
	if m.BitOffset%8 != 0 {
		size, _ := btfgraph.SizeOf(b.g, id)
		return min(size, b.t.SizeBytes) * 8, true
	}
	return 0, false
}

// bits adds the bytes that a bitfield touches and no member before it does.
func (b *builder) bits(m *bpfobj.StructOpsMember, width uint64) {
	b.fix(Bitfield, m.Name)
	from := max(uint64(m.BitOffset/8), b.next)
	end := min((uint64(m.BitOffset)+width+7)/8, b.t.SizeBytes)
	if end <= from {
		return
	}
	b.gap(m.Index, from)
	b.unsupported(Member{Of: m.Name, Index: m.Index, OffsetBytes: from, SizeBytes: end - from})
}

// gap adds padding up to the offset of the member of that index.
func (b *builder) gap(index int, offset uint64) {
	if offset <= b.next {
		return
	}
	if b.style.GapAfter {
		index--
	}
	b.pad(strconv.Itoa(index), index, offset)
}

// tail fills the end of the type. A style without it still gets it where a
// compiler would not put as many bytes there.
func (b *builder) tail() {
	if b.next == b.t.SizeBytes {
		return
	}
	if b.style.NoTail && !b.t.Packed && (b.next+b.align-1)/b.align*b.align == b.t.SizeBytes {
		return
	}
	if b.style.NoTail {
		b.fix(Misaligned, "")
	}
	b.pad("end", -1, b.t.SizeBytes)
}

func (b *builder) pad(suffix string, index int, to uint64) {
	if index < 0 && suffix != "end" {
		suffix, index = "start", 0 // bpftool's name, "__padding_-1", is none in C
	}
	b.add(Member{
		Name: b.free("__padding_"+suffix, ""), Kind: Padding, Index: index, OffsetBytes: b.next, SizeBytes: to - b.next,
	})
}

func (b *builder) add(m Member) {
	b.names[m.Name] = true
	b.t.Members = append(b.t.Members, m)
	b.next = m.OffsetBytes + m.SizeBytes
}

// free is a made up name for the bytes of a member, "" for padding, with as many
// "_" behind it as it takes to be no other member's.
func (b *builder) free(name, of string) string {
	if b.names[name] {
		b.fix(Name, of)
	}
	for b.names[name] {
		name += "_"
	}
	return name
}

// alignTo takes the alignment of a member into account.
func (b *builder) alignTo(offset, align uint64) {
	b.align = max(b.align, align)
	if offset%align != 0 {
		b.t.Packed = true
	}
}

// alignment is what compilers align a member to, if it is not packed.
func (m *Member) alignment() uint64 {
	switch m.Kind {
	case Scalar:
		return m.Num.SizeBytes
	case Program:
		return pointerSize
	}
	return 1
}

func (b *builder) fix(reason FixReason, member string) {
	b.t.Fixes = append(b.t.Fixes, Fix{reason, member})
}
