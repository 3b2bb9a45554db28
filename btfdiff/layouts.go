package btfdiff

import (
	"cmp"
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// maxLayoutPairs bounds the pairs of types of one name that are looked at for
// the best matches. Kernels have up to 30 types of a name.
const maxLayoutPairs = 1 << 12

// layout is one of several types of a name.
type layout struct {
	typ
	sum sum
}

// layouts lists the types of a name from a definition on.
func (s *side) layouts(i int32) []layout {
	var list []layout
	for ; i >= 0; i = s.defs[i].next {
		list = append(list, layout{s.typ(&s.defs[i]), s.sums[s.defs[i].sum]})
	}
	return list
}

// sameLayouts tells that a name stands for the same several types in both kernels.
func (c *comparer) sameLayouts(g *group) bool {
	if g.old < 0 || g.new < 0 {
		return false
	}
	o, n := &c.old.defs[g.old], &c.new.defs[g.new]
	if o.next < 0 && n.next < 0 || c.old.module(o) != c.new.module(n) {
		return false
	}
	olds, news := c.old.layouts(g.old), c.new.layouts(g.new)
	return len(notIn(olds, news))+len(notIn(news, olds)) == 0
}

// layouts compares the types of a name that some kernel has several of. Those
// that both have are left out, and the rest is matched by likeness.
func (c *comparer) layouts(list []Detail, kind Kind, olds, news []layout) []Detail {
	several := len(olds) > 1 || len(news) > 1
	olds, news = notIn(olds, news), notIn(news, olds)
	for i, p := range c.pairLayouts(kind, olds, news) {
		n := len(list)
		switch {
		case p.old.b == nil:
			// CO-RE refuses what several types answer differently (libbpf.c,
			// bpf_core_resolve_relo).
			list = append(list, Detail{Grade: GradeSemantic, What: WhatLayout, New: p.new.value(kind)})
		case p.new.b == nil:
			list = append(list, Detail{Grade: GradeRelocatable, What: WhatLayout, Old: p.old.value(kind)})
		default:
			list = c.definition(list, kind, p.old.typ, p.new.typ)
		}
		for ; n < len(list) && several; n++ {
			list[n].Layout = int32(i + 1)
		}
	}
	return list
}

// value tells what a further type of a name is.
func (y layout) value(kind Kind) Value {
	switch kind {
	case KindStruct, KindUnion, KindEnum, KindDatasec:
		return bytesValue(uint64(y.size()))
	case KindFunc:
		return y.function()
	}
	return ref{y.t, y.size()}.value()
}

// notIn lists the definitions that are not in other, each once, by size and
// sum.
func notIn(list, other []layout) []layout {
	skip := make(map[sum]bool, len(other))
	for _, d := range other {
		skip[d.sum] = true
	}
	var out []layout
	for _, d := range list {
		if !skip[d.sum] {
			skip[d.sum] = true
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b layout) int {
		return cmp.Or(cmp.Compare(a.size(), b.size()), compareSums(a.sum, b.sum))
	})
	return out
}

func compareSums(a, b sum) int { return cmp.Or(cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b)) }

// layoutPair is an old and a new type, or one without a match.
type layoutPair struct {
	old, new layout
	likeness int
}

// pairLayouts matches types by the number of members that they share, the most
// alike first. Swapped lists give the same pairs in the same order.
func (c *comparer) pairLayouts(kind Kind, olds, news []layout) []layoutPair {
	var all []layoutPair
	if len(olds)*len(news) <= maxLayoutPairs {
		for _, o := range olds {
			for _, n := range news {
				all = append(all, layoutPair{o, n, c.likeness(kind, o.typ, n.typ)})
			}
		}
	} else {
		for i := range min(len(olds), len(news)) {
			all = append(all, layoutPair{old: olds[i], new: news[i]})
		}
	}
	slices.SortStableFunc(all, func(a, b layoutPair) int {
		return cmp.Or(cmp.Compare(b.likeness, a.likeness), compareSums(a.less(), b.less()), compareSums(a.more(), b.more()))
	})
	type key struct { // of a type; there is no other of that sum on its side
		sum sum
		old bool
	}
	taken := make(map[key]bool)
	var pairs []layoutPair
	for _, p := range all {
		o, n := key{p.old.sum, true}, key{p.new.sum, false}
		if taken[o] || taken[n] {
			continue
		}
		taken[o], taken[n] = true, true
		pairs = append(pairs, p)
	}
	for _, o := range olds {
		if !taken[key{o.sum, true}] {
			pairs = append(pairs, layoutPair{old: o})
		}
	}
	for _, n := range news {
		if !taken[key{n.sum, false}] {
			pairs = append(pairs, layoutPair{new: n})
		}
	}
	return pairs
}

// less and more are the sums of a pair in an order that does not depend on the sides.
func (p *layoutPair) less() sum {
	if compareSums(p.old.sum, p.new.sum) < 0 {
		return p.old.sum
	}
	return p.new.sum
}

func (p *layoutPair) more() sum {
	if compareSums(p.old.sum, p.new.sum) < 0 {
		return p.new.sum
	}
	return p.old.sum
}

// likeness is the number of members, enumerators or parameters of the same name.
func (c *comparer) likeness(kind Kind, a, b typ) int {
	names := make(map[string]bool)
	for _, name := range c.parts(kind, a) {
		names[name] = true
	}
	n := 0
	for _, name := range c.parts(kind, b) {
		if names[name] {
			n++
			delete(names, name)
		}
	}
	return n
}

// parts are the names of what a definition consists of.
func (c *comparer) parts(kind Kind, y typ) []string {
	var names []string
	switch kind {
	case KindStruct, KindUnion:
		for _, f := range c.flatten(y) {
			names = append(names, f.name)
		}
	case KindEnum:
		if c.spend(y.vlen()) {
			for _, e := range enumeratorsOf(nil, y) {
				names = append(names, e.name)
			}
		}
	case KindFunc:
		if p := y.ref(); c.spend(p.vlen()) && p.kind() == btfgraph.KindFuncProto {
			for _, q := range p.params() {
				names = append(names, q.name)
			}
		}
	}
	return names
}
