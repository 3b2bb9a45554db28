package btfdiff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// enum compares two enums. The numbers of enumerators are compiled into
// programs, unless they ask with bpf_core_enum_value: look at them.
func (c *comparer) enum(list []Detail, a, b typ) []Detail {
	if !c.spend(a.vlen() + b.vlen()) {
		return list
	}
	// Whoever reads it reads as many bytes as it had.
	list = sizes(list, a, b, GradeBreaks)
	if a.kind() != b.kind() {
		list = append(list, Detail{Grade: GradeSemantic, What: WhatEncoding, Old: textValue(a.kind().String()), New: textValue(b.kind().String())})
	}
	if c.facts.enumSigns && a.flag() != b.flag() {
		list = append(list, Detail{Grade: GradeSemantic, What: WhatSign, Old: signValue(a), New: signValue(b)})
	}
	c.values = enumeratorsOf(enumeratorsOf(c.values[:0], a), b)
	return compareEnumerators(list, c.values[:a.vlen()], c.values[a.vlen():])
}

func signValue(y typ) Value {
	if y.flag() {
		return textValue("signed")
	}
	return textValue("unsigned")
}

// value is an enumerator in its enum.
type value struct {
	enumerator
	// wide tells that it is of an ENUM64. Others have 32 bits, even those of
	// enums of 8 bytes before ENUM64 existed.
	wide, signed bool
	at           int32
}

func (v value) text() Value {
	if v.signed {
		return v.enumerator.signed()
	}
	return v.natural()
}

// differs tells whether two values differ in the bits that both have.
func (v value) differs(o value) bool {
	if v.wide && o.wide {
		return v.value != o.value
	}
	return uint32(v.value) != uint32(o.value)
}

// same tells that two enumerators have the same name and value.
func (v value) same(o value) bool { return v.name == o.name && !v.differs(o) }

// compare orders by name, then by value, then by place.
func (v value) compare(o value) int {
	if c := strings.Compare(v.name, o.name); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(uint32(v.value), uint32(o.value)), cmp.Compare(v.value, o.value), cmp.Compare(v.at, o.at))
}

// enumeratorsOf appends the enumerators of an enum.
func enumeratorsOf(list []value, y typ) []value {
	list = slices.Grow(list, y.vlen())
	for i := range y.vlen() {
		v := y.valueAt(i, int32(len(list)))
		v.name = y.t.str(word(y.body(), i*y.enumeratorLen()))
		list = append(list, v)
	}
	return list
}

// valueAt is an enumerator without its name.
func (y typ) valueAt(i int, at int32) value {
	return value{enumerator{value: y.enumValue(i)}, y.kind() == btfgraph.KindEnum64, y.flag(), at}
}

// compareEnumerators compares enumerators by name, those that are there more than
// once in the order of their values. It sorts the lists.
func compareEnumerators(list []Detail, olds, news []value) []Detail {
	for len(olds) > 0 && len(news) > 0 && olds[0].same(news[0]) {
		olds, news = olds[1:], news[1:]
	}
	for len(olds) > 0 && len(news) > 0 && olds[len(olds)-1].same(news[len(news)-1]) {
		olds, news = olds[:len(olds)-1], news[:len(news)-1]
	}
	slices.SortFunc(olds, value.compare)
	slices.SortFunc(news, value.compare)
	var pairs [][2]int // of those that differ, -1 for none
	byName := func(i, j int) int { return strings.Compare(olds[i].name, news[j].name) }
	for i, j := range counterparts(len(olds), len(news), byName) {
		if i < 0 || j < 0 || olds[i].differs(news[j]) {
			pairs = append(pairs, [2]int{i, j})
		}
	}
	return enumeratorDetails(list, pairs, olds, news)
}

// enumeratorDetails appends the details of enumerators: those that only the old
// enum has in its order, then the others in the order of the new one.
func enumeratorDetails(list []Detail, pairs [][2]int, olds, news []value) []Detail {
	removed := 0
	for i, p := range pairs {
		if p[1] < 0 {
			pairs[i], pairs[removed] = pairs[removed], p
			removed++
		}
	}
	slices.SortFunc(pairs[:removed], func(a, b [2]int) int { return cmp.Compare(olds[a[0]].at, olds[b[0]].at) })
	slices.SortFunc(pairs[removed:], func(a, b [2]int) int { return cmp.Compare(news[a[1]].at, news[b[1]].at) })
	list = slices.Grow(list, len(pairs))
	for _, p := range pairs {
		switch i, j := p[0], p[1]; {
		case j < 0:
			list = append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: olds[i].name, Old: olds[i].text()})
		case i < 0:
			list = append(list, Detail{Grade: GradeAddition, What: WhatAdded, Subject: news[j].name, New: news[j].text()})
		default:
			list = append(list, Detail{Grade: GradeSemantic, What: WhatValue, Subject: olds[i].name, Old: olds[i].text(), New: news[j].text()})
		}
	}
	return list
}

// anonymousEnums compares the enumerators of all anonymous enums, which have no
// other name. What stands in several of them counts once.
func (c *comparison) anonymousEnums() []Detail {
	sides := [2]*side{c.old, c.new}
	both(func(i int) { sides[i] = sides[i].enumerators(c.salt) })
	x := join(sides[0], sides[1], c.salt)
	var olds, news []value
	var pairs [][2]int
	for k := len(x.groups) - 1; k >= 0; k-- { // ascending places, see join
		g := x.groups[k]
		m, n := len(olds), len(news)
		olds, news = x.old.appendValues(olds, g.old), x.new.appendValues(news, g.new)
		if m < len(olds) && n < len(news) && uniform(olds[m:], &olds[m]) && uniform(news[n:], &olds[m]) {
			olds, news = olds[:m], news[:n] // as most are
			continue
		}
		olds, news = unshared(distinct(olds, m), distinct(news, n), m, n)
		for i, j := m, n; i < len(olds) || j < len(news); i, j = i+1, j+1 {
			switch {
			case i >= len(olds):
				pairs = append(pairs, [2]int{-1, j})
			case j >= len(news):
				pairs = append(pairs, [2]int{i, -1})
			case olds[i].differs(news[j]):
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	x.old.nameValues(olds)
	x.new.nameValues(news)
	return enumeratorDetails(nil, pairs, olds, news)
}

// enumerators is a side whose definitions are the enumerators of the anonymous
// enums: the member sum is the place in the enum.
func (s *side) enumerators(salt hashSalt) *side {
	n := 0
	for i := range s.anon {
		n += s.typ(&s.anon[i]).vlen()
	}
	e := &side{k: s.k, tables: s.tables, defs: make([]def, 0, n)}
	for _, d := range s.anon {
		y := s.typ(&d)
		size := y.enumeratorLen()
		for b := y.body(); len(b) >= size; b = b[size:] {
			d.off = word(b, 0)
			hash, length := salt.hash(d.kind, y.t.tail(d.off))
			d.hash, d.len = hash, uint8(min(length, 255))
			e.defs = append(e.defs, d)
			d.sum++
		}
	}
	return e
}

// appendValues appends the values of a chain of enumerators, without the name.
func (s *side) appendValues(list []value, i int32) []value {
	for ; i >= 0; i = s.defs[i].next {
		d := &s.defs[i]
		list = append(list, s.typ(d).valueAt(int(d.sum), i))
	}
	return list
}

// uniform tells that all values are that one.
func uniform(list []value, v *value) bool {
	for i := range list {
		if list[i].wide != v.wide || list[i].value != v.value {
			return false
		}
	}
	return true
}

// distinct lists the values from the one numbered from on, which have one name, once each.
func distinct(list []value, from int) []value {
	if len(list)-from < 2 {
		return list
	}
	slices.SortFunc(list[from:], value.compare)
	return list[:from+len(slices.CompactFunc(list[from:], value.same))]
}

// unshared drops what both lists have, the old one from m and the new one from n on: a
// name that got a further value has not changed its first one. Both are in order.
func unshared(olds, news []value, m, n int) ([]value, []value) {
	i, j := m, n
	for i < len(olds) && j < len(news) {
		o, v := olds[i], news[j]
		switch {
		case !o.differs(v):
			i, j = i+1, j+1
		case o.compare(v) < 0:
			olds[m] = o
			i, m = i+1, m+1
		default:
			news[n] = v
			j, n = j+1, n+1
		}
	}
	return slices.Delete(olds, m, i), slices.Delete(news, n, j)
}

// nameValues gives values the names of their definitions.
func (s *side) nameValues(list []value) {
	for i := range list {
		list[i].name = s.nameOf(&s.defs[list[i].at])
	}
}
