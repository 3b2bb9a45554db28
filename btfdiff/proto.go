package btfdiff

import (
	"strconv"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

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
	list = c.returns(list, prefix+"return", ref{a.t, a.size()}, ref{b.t, b.size()})
	if !c.spend(a.vlen() + b.vlen()) {
		return list
	}
	olds, news := a.params(), b.params()
	olds, news = olds[min(skip, len(olds)):], news[min(skip, len(news)):]
	matchO, matchN := matchParams(c, a.t, b.t, olds, news)
	for i, o := range olds {
		if matchO[i] < 0 {
			list = append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: prefix + paramName(o, i), Old: ref{a.t, o.typ}.value()})
		}
	}
	for j, n := range news {
		i := matchN[j]
		if i < 0 {
			grade := [...]Grade{roleTarget: GradeSemantic, roleKfunc: GradeBreaks, roleHook: GradeAddition}[r]
			list = append(list, Detail{Grade: grade, What: WhatAdded, Subject: prefix + paramName(n, j), New: ref{b.t, n.typ}.value()})
			continue
		}
		o := olds[i]
		subject := prefix + paramName(o, i)
		if i != j {
			list = append(list, Detail{Grade: GradeBreaks, What: WhatMoved, Subject: subject, Old: positionValue(i), New: positionValue(j)})
		}
		if o.name != n.name && o.name != "" && n.name != "" {
			list = append(list, Detail{Grade: GradeSemantic, What: WhatRenamed, Subject: subject, Old: textValue(o.name), New: textValue(n.name)})
		}
		list = c.types(list, subject, ref{a.t, o.typ}, ref{b.t, n.typ}, inRegister)
	}
	return list
}

// returns tells how the return type changed. One that comes new hurts nobody.
func (c *comparer) returns(list []Detail, subject string, a, b ref) []Detail {
	n := len(list)
	list = c.types(list, subject, a, b, inRegister)
	if len(list) > n && a.typ().resolved().kind() == btfgraph.KindVoid {
		list[n].Grade = GradeSemantic
	}
	return list
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
func matchParams(c *comparer, a, b *table, olds, news []param) (matchO, matchN []int) {
	matchO, matchN = unmatchedInts(len(olds)), unmatchedInts(len(news))
	for i := range min(len(olds), len(news)) {
		if olds[i].name != "" && olds[i].name == news[i].name {
			matchO[i], matchN[i] = i, i
		}
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
		if olds[i].name == "" || news[i].name == "" || x.memo() == y.memo() || c.harmless(x, y) {
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

func unmatchedInts(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = -1
	}
	return list
}
