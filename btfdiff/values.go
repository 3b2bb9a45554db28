package btfdiff

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// definition tells how a definition changed.
func (c *comparer) definition(list []Detail, kind Kind, a, b typ) []Detail {
	switch kind {
	case KindStruct, KindUnion:
		list = sizes(list, a, b, GradeRelocatable)
		list = c.members(list, "", a, b, 0)
	case KindEnum:
		list = c.enum(list, a, b)
	case KindTypedef:
		list = c.typedef(list, a, b)
	case KindInt:
		grade, _ := gradeInts(a, b, inMemory)
		list = sizes(list, a, b, grade)
		if x, y := signClass(a), signClass(b); x != y && (c.facts.charSigns || !a.isChar()) {
			list = append(list, Detail{Grade: GradeSemantic, What: WhatSign, Old: signName(x), New: signName(y)})
		}
	case KindFunc:
		list = c.function(list, a, b, roleTarget)
	case KindVar:
		list = linkages(list, btfgraph.Linkage(word(a.b, recordLen)), btfgraph.Linkage(word(b.b, recordLen)))
		list = c.types(list, "", ref{a.t, a.size()}, ref{b.t, b.size()}, inMemory)
	case KindDatasec:
		list = c.datasec(list, a, b)
	}
	return tagDetails(list, a, b)
}

// sizes compares the sizes of structs, enums and sections.
func sizes(list []Detail, a, b typ, grade Grade) []Detail {
	if a.size() == b.size() {
		return list
	}
	return append(list, Detail{Grade: grade, What: WhatSize, Old: bytesValue(uint64(a.size())), New: bytesValue(uint64(b.size()))})
}

// function compares linkage and prototype of two FUNCs.
func (c *comparer) function(list []Detail, a, b typ, r role) []Detail {
	list = linkages(list, btfgraph.Linkage(a.vlen()), btfgraph.Linkage(b.vlen()))
	return c.proto(list, "", a.ref(), b.ref(), r, 0)
}

// linkages compares linkage: a static function or variable may exist several
// times under one name, and functions in parts only.
func linkages(list []Detail, a, b btfgraph.Linkage) []Detail {
	if a == b {
		return list
	}
	return append(list, Detail{Grade: GradeSemantic, What: WhatLinkage, Old: linkageValue(a), New: linkageValue(b)})
}

func linkageValue(l btfgraph.Linkage) Value {
	switch l {
	case btfgraph.LinkageStatic:
		return textValue("static")
	case btfgraph.LinkageGlobal:
		return textValue("global")
	case btfgraph.LinkageExtern:
		return textValue("extern")
	}
	return textValue("unknown")
}

// typedef compares what two typedefs stand for.
func (c *comparer) typedef(list []Detail, a, b typ) []Detail {
	if x, y, ok := inline(a.ref(), b.ref()); ok {
		list = sizes(list, x, y, GradeRelocatable)
		return c.members(list, "", x, y, 0)
	}
	if x, y := a.ref().bare(), b.ref().bare(); isEnum(x.kind()) && isEnum(y.kind()) && x.anonymous() && y.anonymous() {
		return c.enum(list, x, y)
	}
	return c.types(list, "", ref{a.t, a.size()}, ref{b.t, b.size()}, inMemory)
}

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

// signName is a word for the sign of an integer.
func signName(class info) Value {
	switch class {
	case classSigned:
		return textValue("signed")
	case classBool:
		return textValue("bool")
	}
	return textValue("unsigned")
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
	for i, j := 0, 0; i < len(olds) || j < len(news); {
		by := -1 // the old one has no counterpart
		if i == len(olds) {
			by = 1
		} else if j < len(news) {
			by = strings.Compare(olds[i].name, news[j].name)
		}
		switch {
		case by < 0:
			pairs = append(pairs, [2]int{i, -1})
			i++
		case by > 0:
			pairs = append(pairs, [2]int{-1, j})
			j++
		default:
			if olds[i].differs(news[j]) {
				pairs = append(pairs, [2]int{i, j})
			}
			i, j = i+1, j+1
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

// namedTag is a DECL_TAG by the name of what it is on.
type namedTag struct{ component, name string }

// tagDetails tells which DECL_TAGs came and went.
func tagDetails(list []Detail, a, b typ) []Detail {
	olds, news := namedTags(a), namedTags(b)
	if len(olds)+len(news) == 0 {
		return list
	}
	for _, g := range without(olds, news) {
		list = append(list, Detail{Grade: GradeSemantic, What: WhatTag, Subject: g.component, Old: textValue(g.name)})
	}
	for _, g := range without(news, olds) {
		list = append(list, Detail{Grade: GradeSemantic, What: WhatTag, Subject: g.component, New: textValue(g.name)})
	}
	return list
}

func namedTags(y typ) []namedTag {
	tags := y.t.tagsOf(y.id)
	if len(tags) == 0 {
		return nil
	}
	list := make([]namedTag, len(tags))
	for i, g := range tags {
		list[i] = namedTag{componentName(y, int(g.component)), g.name}
	}
	return list
}

// without lists the values that are not in other.
func without[T comparable](list, other []T) []T {
	skip := make(map[T]bool, len(other))
	for _, v := range other {
		skip[v] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return skip[v] })
}

// componentName is the member or parameter that a DECL_TAG is on, "" for the
// type itself.
func componentName(y typ, component int) string {
	if component < 0 {
		return ""
	}
	switch {
	case isComposite(y.kind()) && component < y.vlen():
		return y.member(component).name
	case y.kind() == btfgraph.KindFunc:
		if p := y.ref(); p.kind() == btfgraph.KindFuncProto && component < p.vlen() {
			return paramName(p.param(component), component)
		}
	}
	return "#" + strconv.Itoa(component+1)
}

// entry is a variable or function of a section.
type entry struct {
	name      string
	off, size uint32
}

func entriesOf(y typ) []entry {
	list := make([]entry, 0, y.vlen())
	for b := y.body(); len(b) >= secinfoLen; b = b[secinfoLen:] {
		list = append(list, entry{y.t.typ(word(b, 0)).name(), word(b, 4), word(b, 8)})
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.size, b.size), cmp.Compare(a.off, b.off))
	})
	return list
}

// datasec compares the entries of two sections by name. That they moved is one
// detail for all: loaders ask for their addresses.
func (c *comparer) datasec(list []Detail, a, b typ) []Detail {
	if !c.spend(a.vlen() + b.vlen()) {
		return list
	}
	list = sizes(list, a, b, GradeRelocatable)
	olds, news := entriesOf(a), entriesOf(b)
	moved := uint64(0)
	for i, j := 0, 0; i < len(olds) || j < len(news); {
		by := -1
		if i == len(olds) {
			by = 1
		} else if j < len(news) {
			by = strings.Compare(olds[i].name, news[j].name)
		}
		switch {
		case by < 0:
			list = append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: olds[i].name, Old: bytesValue(uint64(olds[i].size))})
			i++
		case by > 0:
			list = append(list, Detail{Grade: GradeAddition, What: WhatAdded, Subject: news[j].name, New: bytesValue(uint64(news[j].size))})
			j++
		default:
			if o, n := olds[i], news[j]; o.size != n.size {
				list = append(list, Detail{Grade: GradeSemantic, What: WhatSize, Subject: o.name, Old: bytesValue(uint64(o.size)), New: bytesValue(uint64(n.size))})
			} else if o.off != n.off {
				moved++
			}
			i, j = i+1, j+1
		}
	}
	if moved > 0 {
		what := countValue(moved, "variable")
		list = append(list, Detail{Grade: GradeRelocatable, What: WhatMoved, Old: what, New: what})
	}
	return list
}
