package btfdiff

import (
	"math/bits"
	"slices"
	"strings"
	"unsafe"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Bounds of what is looked at for renamed members: pairs of members that have
// no match, and how deep anonymous types hold each other.
const (
	maxRenamePairs = 1 << 12
	maxDepth       = 32
)

// subjectWork is how many bytes of the path to a member cost as much as a member:
// nested members of long names have subjects that are much longer than the BTF.
const subjectWork = 64

// field is a member of a struct, or of an anonymous one in it: CO-RE looks
// through these (relo_core.c, bpf_core_match_member).
type field struct {
	member
	t *table
	// around are the anonymous types around it, two bits each: 1 a struct, 2 a
	// union. Of more than eight the outer ones fall out.
	around uint16
	match  int32 // index in the other list, -1 for none
}

// aroundUnions are the bits of field.around of unions.
const aroundUnions = 0xaaaa

func (f *field) ref() ref { return ref{f.t, f.typ} }

// alike tells whether two fields have the same type.
func (c *comparer) alike(o, f *field) bool { return o.width == f.width && c.same(o.ref(), f.ref()) }

// flatten lists the named members of a struct or union.
func (c *comparer) flatten(y typ) []field {
	return c.flattenInto(make([]field, 0, y.vlen()+y.vlen()/2), y, 0, 0, 0)
}

func (c *comparer) flattenInto(list []field, y typ, off uint32, around uint16, depth int) []field {
	if !isComposite(y.kind()) {
		return list
	}
	if !c.spend(y.vlen()) || depth > maxDepth {
		c.spend(c.limit) // nobody has looked at the rest
		return list
	}
	for i := range y.vlen() {
		m := y.member(i)
		m.off += off
		if m.name != "" {
			list = append(list, field{member: m, t: y.t, around: around, match: -1})
			continue
		}
		inner := y.t.typ(m.typ).bare()
		bit := uint16(1)
		if inner.kind() == btfgraph.KindUnion {
			bit = 2
		}
		list = c.flattenInto(list, inner, m.off, around<<2|bit, depth+1)
	}
	return list
}

// members tells how the members of a struct or union changed. Subjects start
// with prefix.
func (c *comparer) members(list []Detail, prefix string, a, b typ, depth int) []Detail {
	from := len(c.fields) // those before belong to the structs around it
	c.fields = c.flattenInto(c.fields, a, 0, 0, 0)
	mid := len(c.fields)
	c.fields = c.flattenInto(c.fields, b, 0, 0, 0)
	olds, news := c.fields[from:mid], c.fields[mid:]
	defer func() { c.fields = c.fields[:from] }()
	if !c.spend((len(olds) + len(news)) * len(prefix) / subjectWork) {
		return list
	}
	c.matchNames(olds, news)
	c.matchRenamed(olds, news, a.kind() == btfgraph.KindUnion)
	for i := range olds {
		if f := &olds[i]; f.match < 0 {
			list = append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: within(prefix, f.name), Old: f.value()})
		}
	}
	for i := range news {
		f := &news[i]
		if f.match < 0 {
			list = append(list, Detail{Grade: GradeAddition, What: WhatAdded, Subject: within(prefix, f.name), New: f.value()})
			continue
		}
		o := &olds[f.match]
		if o.name != f.name {
			list = append(list, Detail{
				Grade: GradeBreaks, What: WhatRenamed, Subject: within(prefix, o.name),
				Old: textValue(within(prefix, o.name)), New: textValue(within(prefix, f.name)),
			})
		}
		list = c.field(list, prefix, o, f, depth)
	}
	return list
}

// field tells how a member changed.
func (c *comparer) field(list []Detail, prefix string, o, f *field, depth int) []Detail {
	subject := within(prefix, o.name)
	if o.off != f.off || o.around != f.around {
		list = append(list, Detail{Grade: GradeRelocatable, What: WhatMoved, Subject: subject, Old: o.place(), New: f.place()})
	}
	if o.width != f.width {
		grade := GradeRelocatable // whoever reads a bitfield reads it with BPF_CORE_READ_BITFIELD, of any width
		if o.width == 0 {
			grade = GradeBreaks
		}
		list = append(list, Detail{Grade: grade, What: WhatBitfield, Subject: subject, Old: widthValue(o.width), New: widthValue(f.width)})
	}
	if c.same(o.ref(), f.ref()) {
		return list
	}
	if a, b, ok := inline(o.ref().typ(), f.ref().typ()); ok && depth < maxDepth {
		return c.members(list, subject+".", a, b, depth+1)
	}
	u := inMemory
	if o.width != 0 {
		u = inBitfield
	}
	return c.types(list, subject, o.ref(), f.ref(), u)
}

// within is the path to a member. Most are not within another.
func within(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + name
}

// inline tells whether both members are anonymous structs or unions of the
// same kind, or arrays of them of the same length, whose members are to be
// compared.
func inline(a, b typ) (typ, typ, bool) {
	for range maxChain {
		a, b = a.bare(), b.bare()
		if a.kind() != b.kind() {
			return a, b, false
		}
		if a.kind() != btfgraph.KindArray || a.nelems() != b.nelems() {
			break
		}
		a, b = a.ref(), b.ref()
	}
	return a, b, isComposite(a.kind()) && a.anonymous() && b.anonymous()
}

// matchNames finds the members of the same name. Names that a struct has more
// than once, as no compiler writes them, match in their order.
func (c *comparer) matchNames(olds, news []field) {
	from, m, n := 0, len(olds), len(news)
	for from < m && from < n && olds[from].name == news[from].name {
		olds[from].match, news[from].match = int32(from), int32(from)
		from++
	}
	for m > from && n > from && olds[m-1].name == news[n-1].name {
		m, n = m-1, n-1
		olds[m].match, news[n].match = int32(n), int32(m)
	}
	if from == m || from == n {
		return
	}
	c.byName.reset(c.salt, news, from, n)
	for i := from; i < m; i++ {
		if j := c.byName.take(news, olds[i].name); j >= 0 {
			olds[i].match, news[j].match = j, int32(i)
		}
	}
}

// nameTable finds members by name. It is used again and again.
type nameTable struct {
	salt  hashSalt
	slots []int32 // of the first of a name the index plus one, 0 for free, -1 if all are taken
	next  []int32 // by index, the next one of the same name like that in a slot
}

// reset fills the table with members from to n-1.
func (t *nameTable) reset(salt hashSalt, list []field, from, n int) {
	size := 1 << bits.Len(uint(2*(n-from)))
	t.salt, t.slots, t.next = salt, slices.Grow(t.slots[:0], size)[:size], slices.Grow(t.next[:0], n)[:n]
	clear(t.slots)
	for j := n - 1; j >= from; j-- {
		slot := t.slot(list, list[j].name)
		t.next[j] = *slot
		if *slot == 0 {
			t.next[j] = -1
		}
		*slot = int32(j) + 1
	}
}

// take finds the first member of that name that was not taken, -1 if there is none.
func (t *nameTable) take(list []field, name string) int32 {
	slot := t.slot(list, name)
	if *slot <= 0 {
		return -1
	}
	j := *slot - 1
	*slot = t.next[j]
	return j
}

// slot is that of a name, or a free one.
func (t *nameTable) slot(list []field, name string) *int32 {
	hash, _ := t.salt.hash(KindStruct, unsafe.Slice(unsafe.StringData(name), len(name)))
	for i := int(hash); ; i++ {
		slot := &t.slots[i&(len(t.slots)-1)]
		if *slot == 0 || *slot > 0 && list[*slot-1].name == name {
			return slot
		}
	}
}

// candidate is a member without a match: it may have been renamed.
type candidate struct {
	*field
	at  int32 // own index
	gap int32 // index in the new list of the matched member before it, -1 for none
}

// plain tells that the member is no bitfield: these are too much alike to be
// told apart by type and place.
func (c *candidate) plain() bool { return c.width == 0 }

// overlaps tells that other members may be at the same offset.
func (c *candidate) overlaps() bool { return c.around&aroundUnions != 0 }

// matchRenamed finds members that have another name and the same type in the
// same place: at the same offset, which tells nothing in a union, or alone behind
// the same member. A name that differs in underscores alone, as state and __state,
// may have another type. It finds the same if the lists are swapped.
func (c *comparer) matchRenamed(olds, news []field, union bool) {
	u := unmatched(olds, func(f *field, _ int) int32 { return f.match })
	v := unmatched(news, func(_ *field, i int) int32 { return int32(i) })
	if len(u) == 0 || len(v) == 0 || len(u)*len(v) > maxRenamePairs {
		return
	}
	pairUp(u, v, func(a, b *candidate) bool {
		return a.gap == b.gap && strings.Trim(a.name, "_") == strings.Trim(b.name, "_")
	})
	pairUp(u, v, func(a, b *candidate) bool {
		return !union && !a.overlaps() && a.plain() && a.off == b.off && a.around == b.around && c.alike(a.field, b.field)
	})
	alone := func(list []candidate) map[int32]int {
		gaps := make(map[int32]int)
		for i := range list {
			if list[i].match < 0 {
				gaps[list[i].gap]++
			}
		}
		return gaps
	}
	gapsU, gapsV := alone(u), alone(v)
	pairUp(u, v, func(a, b *candidate) bool {
		return a.plain() && a.gap == b.gap && gapsU[a.gap] == 1 && gapsV[b.gap] == 1 && c.alike(a.field, b.field)
	})
}

// unmatched lists the fields without a match. index is where a matched one is in
// the new list.
func unmatched(list []field, index func(*field, int) int32) []candidate {
	var out []candidate
	gap := int32(-1)
	for i := range list {
		if f := &list[i]; f.match < 0 {
			out = append(out, candidate{f, int32(i), gap})
		} else {
			gap = index(f, i)
		}
	}
	return out
}

// pairUp matches each candidate with the first one that is alike.
func pairUp(u, v []candidate, alike func(a, b *candidate) bool) {
	for i := range u {
		for j := range v {
			if a, b := &u[i], &v[j]; a.match < 0 && b.match < 0 && alike(a, b) {
				a.match, b.match = b.at, a.at
			}
		}
	}
}
