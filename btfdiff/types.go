package btfdiff

import "github.com/btflint/btflint/analyzer/btfgraph"

// maxNesting is how deep pointers to pointers and the like are looked into.
const maxNesting = 16

// use is how programs get at a value.
type use bool

const (
	inMemory   use = false // read with the size that the object was built with
	inRegister use = true  // an argument or a return value: the whole of it is there
)

// ref is a type as something refers to it.
type ref struct {
	t  *table
	id uint32
}

func (r ref) memo() memo   { return *r.t.ref(r.id) }
func (r ref) typ() typ     { return r.t.typ(r.id) }
func (r ref) value() Value { return Value{t: r.t, num: uint64(r.id), form: formType} }

// value spells a type.
func (y typ) value() Value {
	if y.t == nil {
		return Value{text: "void", form: formText}
	}
	return ref{y.t, y.id}.value()
}

// types tells how the type of a member, parameter or variable changed, if it did.
func (c *comparer) types(list []Detail, subject string, a, b ref, u use) []Detail {
	ma, mb := a.memo(), b.memo()
	if ma == mb {
		return list
	}
	grade, what := c.grade(a.typ(), b.typ(), u, 0)
	d := Detail{Grade: grade, What: what, Subject: subject, Old: a.value(), New: b.value()}
	if ma.sum == mb.sum { // spelled alike: what differs is what the name stands for
		switch {
		case ma.info.class() != mb.info.class():
			d.Old, d.New = a.typ().resolved().value(), b.typ().resolved().value()
		case ma.info.size() != mb.info.size():
			d.What, d.Old, d.New = WhatSize, bytesValue(ma.info.size()), bytesValue(mb.info.size())
		}
	}
	return append(list, d)
}

// grade tells what it does to programs that the type of what they read is
// another one. It follows libbpf's rules for fields (relo_core.c,
// bpf_core_fields_are_compat): typedefs and qualifiers do not count; structs and
// unions match each other; enums have to have the same name; an integer of
// another size matches, and is read with the size that the object knows.
func (c *comparer) grade(a, b typ, u use, depth int) (Grade, What) {
	a, b = a.resolved(), b.resolved()
	ka, kb := structural(a), structural(b)
	switch {
	case depth > maxNesting:
		return GradeSemantic, WhatType
	case isComposite(ka) && isComposite(kb):
		return c.gradeComposites(a, b), WhatType
	case ka == btfgraph.KindInt && kb == btfgraph.KindInt:
		return gradeInts(a, b, u)
	case ka != kb:
		if u == inRegister && (ka == btfgraph.KindInt && kb == btfgraph.KindEnum || ka == btfgraph.KindEnum && kb == btfgraph.KindInt) {
			return GradeSemantic, WhatType
		}
		return GradeBreaks, WhatType
	}
	switch ka {
	case btfgraph.KindEnum:
		if u == inMemory && a.size() != b.size() {
			return GradeBreaks, WhatType
		}
		if a.anonymous() || b.anonymous() || a.name() == b.name() {
			return GradeRelocatable, WhatType
		}
		return mildly(u), WhatType
	case btfgraph.KindFloat:
		if a.size() != b.size() {
			return GradeBreaks, WhatType
		}
	case btfgraph.KindPtr:
		return c.gradePointees(a.ref().resolved(), b.ref().resolved(), depth), WhatType
	case btfgraph.KindArray:
		grade, what := GradeRelocatable, WhatType
		if ma, mb := (ref{a.t, word(a.b, recordLen)}), (ref{b.t, word(b.b, recordLen)}); ma.memo() != mb.memo() {
			grade, _ = c.grade(ma.typ(), mb.typ(), inMemory, depth+1)
		}
		if n := b.nelems(); n < a.nelems() && n != 0 { // [0] ends a struct and has as many as there are
			grade = GradeBreaks
		}
		return grade, what
	}
	return GradeRelocatable, WhatType // void, prototypes
}

// structural is the kind that counts: FWD is what it announces, ENUM64 an ENUM.
func structural(y typ) btfgraph.Kind {
	switch k := y.kind(); k {
	case btfgraph.KindFwd:
		if y.flag() {
			return btfgraph.KindUnion
		}
		return btfgraph.KindStruct
	case btfgraph.KindEnum64:
		return btfgraph.KindEnum
	default:
		return k
	}
}

// mildly is the grade of another meaning of a whole register, or of wrong bytes in memory.
func mildly(u use) Grade {
	if u == inRegister {
		return GradeSemantic
	}
	return GradeBreaks
}

// signClass is the class of an integer, a char by its sign.
func signClass(y typ) info {
	c, _ := y.scalar(btfgraph.KindInt)
	if c != classChar {
		return c
	}
	if btfgraph.IntEncoding(y.intData()>>24)&btfgraph.IntSigned != 0 {
		return classSigned
	}
	return classUnsigned
}

func gradeInts(a, b typ, u use) (Grade, What) {
	ca, cb := signClass(a), signClass(b)
	switch {
	case a.isChar() && b.isChar():
		return GradeRelocatable, WhatType
	case a.size() != b.size():
		return mildly(u), WhatType
	case ca != cb && ca != classBool && cb != classBool:
		return GradeSemantic, WhatSign
	case ca != cb:
		return GradeSemantic, WhatType
	}
	return GradeRelocatable, WhatType
}

// gradeComposites compares structs that are part of another by value: CO-RE
// looks for the members of the old one in the new one.
func (c *comparer) gradeComposites(a, b typ) Grade {
	if !a.anonymous() && a.name() == b.name() {
		return GradeRelocatable
	}
	names := make(map[string]struct{})
	for _, f := range c.flatten(b) {
		names[f.name] = struct{}{}
	}
	for _, f := range c.flatten(a) {
		if _, ok := names[f.name]; !ok {
			return GradeBreaks
		}
	}
	return GradeRelocatable
}

// gradePointees tells what becomes of programs that follow a pointer: the next
// relocation of BPF_CORE_READ is made for the type that the object knows.
func (c *comparer) gradePointees(a, b typ, depth int) Grade {
	ka, kb := structural(a), structural(b)
	switch {
	case ka == btfgraph.KindVoid && kb == btfgraph.KindVoid:
		return GradeRelocatable
	case ka == btfgraph.KindVoid || kb == btfgraph.KindVoid:
		return GradeSemantic
	case isComposite(ka) && isComposite(kb):
		if a.anonymous() || b.anonymous() {
			return c.gradeComposites(a, b)
		}
		if ka == kb && a.name() == b.name() {
			return GradeRelocatable
		}
		return GradeBreaks
	}
	grade, _ := c.grade(a, b, inMemory, depth+1)
	return grade
}
