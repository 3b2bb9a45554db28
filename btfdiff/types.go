package btfdiff

import (
	"strconv"
	"unsafe"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// maxNesting is how deep pointers to pointers and the like are looked into.
const maxNesting = 16

// use is how programs get at a value.
type use uint8

const (
	inMemory   use = iota // read with the size that the object was built with
	inRegister            // an argument or a return value: the whole of it is there
	inBitfield            // read with BPF_CORE_READ_BITFIELD, which asks for size and sign
)

// ref is a type as something refers to it.
type ref struct {
	t  *table
	id uint32
}

func (r ref) typ() typ     { return r.t.typ(r.id) }
func (r ref) value() Value { return Value{p: unsafe.Pointer(r.t), num: uint64(r.id), form: formType} }

// value spells a type.
func (y typ) value() Value {
	if y.t == nil {
		return textValue("void")
	}
	return ref{y.t, y.id}.value()
}

// types tells how the type of a member, parameter or variable changed, if it did.
func (c *comparer) types(list []Detail, subject string, a, b ref, u use) []Detail {
	if c.same(a, b) {
		return list
	}
	grade, what := c.grade(a.typ(), b.typ(), u, 0)
	d := Detail{Grade: grade, What: what, Subject: subject, Old: a.value(), New: b.value()}
	if c.sameRef(a.t, a.id, b.t, b.id, 0) { // what differs is what the name stands for
		is, was := b.typ().valueInfo(), a.typ().valueInfo()
		switch {
		case was.class() != is.class():
			d.Old, d.New = a.typ().resolved().value(), b.typ().resolved().value()
		case was.size() != is.size():
			d.What, d.Old, d.New = WhatSize, bytesValue(was.size()), bytesValue(is.size())
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
		if ma, mb := (ref{a.t, word(a.b, recordLen)}), (ref{b.t, word(b.b, recordLen)}); !c.same(ma, mb) {
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
	case u == inBitfield && (ca == classSigned) == (cb == classSigned):
		return GradeRelocatable, WhatType
	case u != inBitfield && a.size() != b.size():
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

// role is what a function is to programs, which decides what a new parameter
// does to them.
type role uint8

const (
	// roleTarget: fentry and kprobe programs read arguments by position; fexit
	// programs find the return value behind the last one.
	roleTarget role = iota
	// roleKfunc: programs call it, with as many arguments as it has now, and
	// libbpf compares the number of parameters (libbpf.c,
	// bpf_object__resolve_ksym_func_btf_id, bpf_core_types_are_compat).
	roleKfunc
	// roleHook: programs get the arguments by position and no return value.
	roleHook
)

// proto tells how a prototype changed. Parameters are matched by name, those
// without a name by position. skip parameters at the start are left out.
func (c *comparer) proto(list []Detail, prefix string, a, b typ, r role, skip int) []Detail {
	if a.kind() != btfgraph.KindFuncProto || b.kind() != btfgraph.KindFuncProto {
		return list
	}
	list = c.returns(list, within(prefix, "return"), ref{a.t, a.size()}, ref{b.t, b.size()}, r)
	if !c.spend(a.vlen() + b.vlen()) {
		return list
	}
	olds, news := a.appendParams(c.olds[:0]), b.appendParams(c.news[:0])
	c.olds, c.news = olds, news
	olds, news = olds[min(skip, len(olds)):], news[min(skip, len(news)):]
	matchO, matchN := c.matchParams(a.t, b.t, olds, news)
	for i, o := range olds {
		if matchO[i] < 0 {
			list = append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: within(prefix, paramName(o, i)), Old: ref{a.t, o.typ}.value()})
		}
	}
	for j, n := range news {
		i := matchN[j]
		if i < 0 {
			grade := [...]Grade{roleTarget: GradeSemantic, roleKfunc: GradeBreaks, roleHook: GradeAddition}[r]
			list = append(list, Detail{Grade: grade, What: WhatAdded, Subject: within(prefix, paramName(n, j)), New: ref{b.t, n.typ}.value()})
			continue
		}
		o := olds[i]
		subject := within(prefix, paramName(o, i))
		if i != j {
			list = append(list, Detail{Grade: GradeBreaks, What: WhatMoved, Subject: subject, Old: positionValue(i), New: positionValue(j)})
		}
		if o.name != n.name && o.name != "" && n.name != "" {
			list = append(list, Detail{Grade: GradeSemantic, What: WhatRenamed, Subject: subject, Old: textValue(o.name), New: textValue(n.name)})
		}
		list = c.argument(list, subject, ref{a.t, o.typ}, ref{b.t, n.typ}, r)
	}
	return list
}

// argument tells how the type of a parameter changed.
func (c *comparer) argument(list []Detail, subject string, a, b ref, r role) []Detail {
	n := len(list)
	list = c.types(list, subject, a, b, inRegister)
	if len(list) > n && r == roleKfunc && !compatible(a.typ(), b.typ()) {
		list[n].Grade = GradeBreaks
	}
	return list
}

// returns tells how the return type changed. One that comes new hurts nobody but
// callers of a kfunc.
func (c *comparer) returns(list []Detail, subject string, a, b ref, r role) []Detail {
	n := len(list)
	list = c.argument(list, subject, a, b, r)
	if len(list) > n && r != roleKfunc && a.typ().resolved().kind() == btfgraph.KindVoid {
		list[n].Grade = GradeSemantic
	}
	return list
}

// compatible tells that libbpf takes a function of type b for one that an object
// declares with type a (relo_core.c, bpf_core_types_are_compat): kinds have to be
// the same, behind pointers too, and names do not count. Prototypes that pointers
// refer to are not looked into.
func compatible(a, b typ) bool {
	for range maxChain {
		a, b = a.resolved(), b.resolved()
		k := a.kind()
		if k != b.kind() && (!isEnum(k) || !isEnum(b.kind())) {
			return false
		}
		if k != btfgraph.KindPtr && k != btfgraph.KindArray {
			return true
		}
		a, b = a.ref(), b.ref()
	}
	return false
}

// paramName is the name of a parameter, "#2" for the second if it has none.
func paramName(p param, i int) string {
	if p.name != "" {
		return p.name
	}
	return "#" + strconv.Itoa(i+1)
}

// matchParams matches parameters: those of the same name, then, at the same
// position, those whose types do not break programs.
func (c *comparer) matchParams(a, b *table, olds, news []param) (matchO, matchN []int) {
	matchO, matchN = unmatchedInts(c.matchO, len(olds)), unmatchedInts(c.matchN, len(news))
	c.matchO, c.matchN = matchO, matchN
	matched := 0
	for i := range min(len(olds), len(news)) {
		if olds[i].name != "" && olds[i].name == news[i].name {
			matchO[i], matchN[i] = i, i
			matched++
		}
	}
	if matched == min(len(olds), len(news)) {
		return matchO, matchN
	}
	free := make(map[string]int)
	for j := len(news) - 1; j >= 0; j-- {
		if matchN[j] < 0 && news[j].name != "" {
			free[news[j].name] = j
		}
	}
	for i := range olds {
		if j, ok := free[olds[i].name]; ok && matchO[i] < 0 && olds[i].name != "" {
			matchO[i], matchN[j] = j, i
			delete(free, olds[i].name)
		}
	}
	for i := range min(len(olds), len(news)) {
		if matchO[i] >= 0 || matchN[i] >= 0 {
			continue
		}
		x, y := ref{a, olds[i].typ}, ref{b, news[i].typ}
		if olds[i].name == "" || news[i].name == "" || c.same(x, y) || c.harmless(x, y) {
			matchO[i], matchN[i] = i, i
		}
	}
	return matchO, matchN
}

// harmless tells that neither change of type breaks programs.
func (c *comparer) harmless(a, b ref) bool {
	there, _ := c.grade(a.typ(), b.typ(), inRegister, 0)
	back, _ := c.grade(b.typ(), a.typ(), inRegister, 0)
	return max(there, back) < GradeBreaks
}

// unmatchedInts is a list of n times -1, in room if it fits there.
func unmatchedInts(room []int, n int) []int {
	list := room[:0]
	for range n {
		list = append(list, -1)
	}
	return list
}
