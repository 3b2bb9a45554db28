package btfdiff

import (
	"slices"
	"strings"
	"sync"
)

// changes compares the kernels.
func (c *comparison) changes() []Change {
	ranges := cut(len(c.groups), len(c.lanes))
	c.each(len(ranges), func(i int, l *comparer) { l.compareGroups(&ranges[i]) })
	aliases := 0
	for i := range ranges {
		for kind, names := range ranges[i].aliased {
			c.aliased[kind] = append(c.aliased[kind], names...)
			aliases += len(names)
		}
	}
	// What differs is put in order first, as the changes take more to be moved.
	order := c.order(ranges)
	list := large[Change](len(order) + aliases + 1024)[:len(order)]
	var derived []Change
	pieces := cut(len(order), len(c.lanes))
	c.each(1+len(pieces), func(i int, l *comparer) {
		if i == 0 {
			derived = l.derived()
		} else {
			l.describe(&pieces[i-1], order, list)
		}
	})
	if slices.ContainsFunc(pieces, func(r groupRange) bool { return r.hollow }) {
		list = slices.DeleteFunc(list, func(ch Change) bool { return ch.hollow() })
	}
	sortChanges(derived)
	return append(list, derived...)
}

// hollow tells that a change turned out to be none.
func (ch *Change) hollow() bool { return ch.Change == Changed && len(ch.Details) == 0 }

// groupRange is a piece of the groups, and what a comparer finds out about it.
type groupRange struct {
	from, to int
	differ   []sortKey         // groups that are a change
	aliased  [kindEnd][]string // names of other kinds that definitions which differ may have
	hollow   bool              // some have no details after all
}

// cut cuts a list into pieces. They go to the comparers in turns, as some
// pieces hold more that has to be compared than others.
func cut(n, lanes int) []groupRange {
	const perLane = 8
	ranges := make([]groupRange, min(perLane*lanes, n/64+1))
	for i := range ranges {
		ranges[i].from, ranges[i].to = n*i/len(ranges), n*(i+1)/len(ranges)
	}
	return ranges
}

// compareGroups lists what differs, with the names that it has as other kinds.
func (c *comparer) compareGroups(r *groupRange) {
	r.differ = make([]sortKey, 0, r.to-r.from) // what is not used of it costs nothing
	for i := r.to - 1; i >= r.from; i-- {      // ascending ids, see join
		g := &c.groups[i]
		s, d := c.first(g)
		if !c.needs[d.kind] || c.match != nil && !c.matches(d.kind, s.nameOf(d)) || c.sameGroup(g) {
			continue
		}
		name := s.nameOf(d)
		c.alias(r, g, d.kind, name)
		if d.kind == KindInt && (g.old < 0 || g.new < 0) {
			continue // another spelling
		}
		if c.kinds[d.kind] && (c.match == nil || c.match(d.kind, name)) && !c.sameLayouts(g) {
			r.differ = append(r.differ, sortKey{prefixOf(name), int32(i), d.kind, g.new < 0})
		}
	}
}

// describe tells how what differs does.
func (c *comparer) describe(r *groupRange, order []int32, list []Change) {
	for i := r.from; i < r.to; i++ {
		ch := &list[i]
		if order[i] == anonymous {
			ch.Kind, ch.Name, ch.Change, ch.Details = KindEnum, AnonymousEnums, Changed, c.anonymousEnums()
			ch.Grade = worst(ch.Details)
		} else {
			c.group(ch, &c.groups[order[i]])
		}
		r.hollow = r.hollow || ch.hollow()
	}
}

// alias notes the names that a definition which differs has as another kind.
func (c *comparer) alias(r *groupRange, g *group, kind Kind, name string) {
	switch kind {
	case KindFunc:
		if c.anyTagged(g) {
			c.addAlias(r, KindKfunc, name)
		}
		c.aliasAfter(r, KindLSMHook, name, lsmPrefix)
		c.aliasAfter(r, KindIterator, name, iterPrefix)
	case KindStruct:
		c.aliasAfter(r, KindTracepoint, name, recordPrefix)
	case KindTypedef:
		c.aliasAfter(r, KindTracepoint, name, tracePrefix)
	}
}

// aliasAfter notes the rest of a name that has the prefix.
func (c *comparer) aliasAfter(r *groupRange, kind Kind, name, prefix string) {
	if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
		c.addAlias(r, kind, rest)
	}
}

func (c *comparer) addAlias(r *groupRange, kind Kind, name string) {
	if c.wants(kind, name) {
		r.aliased[kind] = append(r.aliased[kind], name)
	}
}

// anyTagged tells whether a function of the group is a kfunc.
func (c *comparer) anyTagged(g *group) bool {
	return c.old.anyTagged(g.old) || c.new.anyTagged(g.new)
}

func (s *side) anyTagged(i int32) bool {
	for ; i >= 0; i = s.defs[i].next {
		if d := &s.defs[i]; s.tables[d.table].hasTags(d.id) && tagged(s.typ(d)) {
			return true
		}
	}
	return false
}

// sameGroup tells that a name stands for one and the same thing in both kernels.
func (c *comparer) sameGroup(g *group) bool {
	if g.old < 0 || g.new < 0 {
		return false
	}
	o, n := &c.old.defs[g.old], &c.new.defs[g.new]
	return o.next < 0 && n.next < 0 && (o.table|n.table == 0 || c.old.module(o) == c.new.module(n)) &&
		c.sameDefinition(c.old.typ(o), c.new.typ(n))
}

// room is where details of one name are collected.
func (c *comparer) room() []Detail {
	if len(c.stock) < stockLeft {
		c.stock = make([]Detail, stockSize)
	}
	return c.stock[:0]
}

// keep leaves details where they are, which is in the stock unless it was too small.
func (c *comparer) keep(list []Detail) []Detail {
	if len(list) == 0 {
		return nil
	}
	if &list[0] == &c.stock[0] {
		c.stock = c.stock[len(list):]
	}
	return slices.Clip(list)
}

const (
	stockSize = 4096 // details that are allocated at once, for a name has few
	stockLeft = 32   // a smaller rest is left unused
)

// each calls do for 0 to n-1, each time with the same comparer for the same
// number: what a comparer knows and has spent depends on no other. A comparer
// stops when too much has been spent.
func (c *comparison) each(n int, do func(i int, l *comparer)) {
	work := func(lane int) {
		l := c.lanes[lane]
		if l.known == nil && lane < n {
			l.known = touched(int(c.old.types) + 1)
		}
		for i := lane; i < n && c.left.Load() >= 0; i += len(c.lanes) {
			do(i, l)
		}
	}
	var wg sync.WaitGroup
	for lane := 1; lane < min(len(c.lanes), n); lane++ {
		wg.Go(func() { work(lane) })
	}
	work(0)
	wg.Wait()
}

// group compares the definitions of one name.
func (c *comparer) group(ch *Change, g *group) {
	s, d := c.first(g)
	ch.Kind, ch.Name, ch.Change = d.kind, s.nameOf(d), Changed
	old, new := "", ""
	if g.old >= 0 {
		old = c.old.module(&c.old.defs[g.old])
	}
	if g.new >= 0 {
		new = c.new.module(&c.new.defs[g.new])
	}
	ch.Modules = modules(old, new)
	switch {
	case g.old < 0:
		ch.Change = Added
		return
	case g.new < 0:
		ch.Change, ch.Grade = Removed, GradeBreaks
		return
	}
	o, n := &c.old.defs[g.old], &c.new.defs[g.new]
	list := moduleDetails(c.room(), old, new)
	if o.next >= 0 || n.next >= 0 {
		list = c.layouts(list, d.kind, c.old.layouts(g.old), c.new.layouts(g.new))
	} else {
		list = c.definition(list, d.kind, c.old.typ(o), c.new.typ(n))
	}
	ch.Details, ch.Grade = c.keep(list), worst(list)
}

func moduleValue(name string) Value {
	if name == "" {
		return textValue("vmlinux")
	}
	return textValue("module " + name)
}

// worst is the greatest grade of details.
func worst(list []Detail) Grade {
	g := GradeAddition
	for i := range list {
		g = max(g, list[i].Grade)
	}
	return g
}

// moduleDetails tells that something moved between vmlinux and modules.
func moduleDetails(list []Detail, old, new string) []Detail {
	if old == new {
		return list
	}
	return append(list, Detail{Grade: GradeSemantic, What: WhatModule, Old: moduleValue(old), New: moduleValue(new)})
}

// appendChanged appends the change of a thing that both kernels have, if there is one.
func appendChanged(list []Change, kind Kind, name string, details []Detail) []Change {
	if len(details) == 0 {
		return list
	}
	return append(list, Change{Kind: kind, Name: name, Change: Changed, Grade: worst(details), Details: details})
}
