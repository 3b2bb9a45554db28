package btfdiff

import (
	"cmp"
	"iter"
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
	byName := func(i, j int) int { return strings.Compare(olds[i].name, news[j].name) }
	for i, j := range counterparts(len(olds), len(news), byName) {
		switch {
		case j < 0:
			list = append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: olds[i].name, Old: bytesValue(uint64(olds[i].size))})
		case i < 0:
			list = append(list, Detail{Grade: GradeAddition, What: WhatAdded, Subject: news[j].name, New: bytesValue(uint64(news[j].size))})
		default:
			if o, n := olds[i], news[j]; o.size != n.size {
				list = append(list, Detail{Grade: GradeSemantic, What: WhatSize, Subject: o.name, Old: bytesValue(uint64(o.size)), New: bytesValue(uint64(n.size))})
			} else if o.off != n.off {
				moved++
			}
		}
	}
	if moved > 0 {
		what := countValue(moved, "variable")
		list = append(list, Detail{Grade: GradeRelocatable, What: WhatMoved, Old: what, New: what})
	}
	return list
}

// counterparts passes over two lists of these lengths in the order of what they are
// sorted by, and yields the indexes of those that compare equal, and of one that has
// no counterpart with -1 for the other.
func counterparts(olds, news int, compare func(i, j int) int) iter.Seq2[int, int] {
	return func(yield func(i, j int) bool) {
		more := true
		for i, j := 0, 0; more && (i < olds || j < news); {
			by := -1
			if i == olds {
				by = 1
			} else if j < news {
				by = compare(i, j)
			}
			switch {
			case by < 0:
				more = yield(i, -1)
				i++
			case by > 0:
				more = yield(-1, j)
				j++
			default:
				more = yield(i, j)
				i, j = i+1, j+1
			}
		}
	}
}
