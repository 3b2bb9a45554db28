package btfdiff

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// definitions compares what both kernels define.
func (c *comparison) definitions() []Change {
	ranges := c.ranges()
	// First what differs, so that the changes need no room to grow into.
	c.each(len(ranges), func(i int, l *comparer) { l.compareGroups(&ranges[i]) })
	n, hollow := 0, 0
	for i := range ranges {
		ranges[i].first = n
		n += len(ranges[i].differ)
	}
	changes := make([]Change, n, n+n/4+1024)
	c.each(len(ranges), func(i int, l *comparer) { l.describe(&ranges[i], changes) })
	for i := range ranges {
		hollow += ranges[i].hollow
		for kind, names := range ranges[i].aliased {
			c.aliased[kind] = append(c.aliased[kind], names...)
		}
	}
	if hollow > 0 {
		changes = slices.DeleteFunc(changes, func(ch Change) bool { return ch.Change == Changed && len(ch.Details) == 0 })
	}
	if c.wants(KindEnum, AnonymousEnums) {
		changes = appendChanged(changes, KindEnum, AnonymousEnums, c.anonymousEnums())
	}
	return changes
}

// groupRange is a piece of the groups, and what a comparer finds out about it.
type groupRange struct {
	from, to int               // ascending ids are descending groups, see join
	differ   []int32           // groups that are a change
	first    int               // index of the first of them in the changes
	hollow   int               // how many have no details after all
	aliased  [kindEnd][]string // names of other kinds that definitions which differ may have
}

// ranges cuts the groups into pieces. They go to the comparers in turns, as some
// pieces hold more that has to be compared than others.
func (c *comparison) ranges() []groupRange {
	const perLane = 8
	n := len(c.groups)
	ranges := make([]groupRange, min(perLane*len(c.lanes), n/64+1))
	for i := range ranges {
		k := len(ranges) - 1 - i
		ranges[i].from, ranges[i].to = n*k/len(ranges), n*(k+1)/len(ranges)
	}
	return ranges
}

// compareGroups lists what differs, with the names that it has as other kinds.
func (c *comparer) compareGroups(r *groupRange) {
	for i := r.to - 1; i >= r.from; i-- {
		g := &c.groups[i]
		s, d := c.first(g)
		if !c.needs[d.kind] || c.match != nil && !c.matches(d.kind, s.nameOf(d)) || c.sameGroup(g) {
			continue
		}
		c.alias(r, g, s, d)
		if d.kind == KindInt && (g.old < 0 || g.new < 0) {
			continue // another spelling
		}
		if c.kinds[d.kind] && (c.match == nil || c.match(d.kind, s.nameOf(d))) {
			r.differ = append(r.differ, int32(i))
		}
	}
}

// describe tells how what differs does.
func (c *comparer) describe(r *groupRange, changes []Change) {
	for i, at := range r.differ {
		ch := c.group(&c.groups[at])
		if ch.Change == Changed && len(ch.Details) == 0 {
			r.hollow++
		}
		changes[r.first+i] = ch
	}
}

// alias notes the names that a definition which differs has as another kind.
func (c *comparer) alias(r *groupRange, g *group, s *side, d *def) {
	switch d.kind {
	case KindFunc:
		if c.anyTagged(g) {
			c.addAlias(r, KindKfunc, s.nameOf(d))
		}
		c.aliasAfter(r, KindLSMHook, s, d, lsmPrefix)
		c.aliasAfter(r, KindIterator, s, d, iterPrefix)
	case KindStruct:
		c.aliasAfter(r, KindTracepoint, s, d, recordPrefix)
	case KindTypedef:
		c.aliasAfter(r, KindTracepoint, s, d, tracePrefix)
	}
}

// aliasAfter notes the rest of a name that has the prefix.
func (c *comparer) aliasAfter(r *groupRange, kind Kind, s *side, d *def, prefix string) {
	if rest, ok := strings.CutPrefix(s.nameOf(d), prefix); ok && rest != "" {
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

// keep copies details to where they stay.
func (c *comparer) keep(list []Detail) []Detail {
	if len(list) == 0 {
		return nil
	}
	if len(c.stock) < len(list) {
		c.stock = make([]Detail, max(len(list), stockSize))
	}
	kept := c.stock[:len(list):len(list)]
	c.stock = c.stock[len(list):]
	copy(kept, list)
	return kept
}

// stockSize is how many details are allocated at once, for a name has few.
const stockSize = 256

// each calls do for 0 to n-1, each time with the same comparer for the same
// number: what a comparer knows and has spent depends on no other. A comparer
// stops when too much has been spent.
func (c *comparison) each(n int, do func(i int, l *comparer)) {
	work := func(lane int) {
		l := c.lanes[lane]
		if l.known == nil && lane < n {
			l.known = make(pairs, c.old.types+1)
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
func (c *comparer) group(g *group) Change {
	s, d := c.first(g)
	ch := Change{Kind: d.kind, Name: s.nameOf(d), Change: Changed}
	if g.old >= 0 {
		ch.OldModule = c.old.module(&c.old.defs[g.old])
	}
	if g.new >= 0 {
		ch.NewModule = c.new.module(&c.new.defs[g.new])
	}
	switch {
	case g.old < 0:
		ch.Change = Added
		return ch
	case g.new < 0:
		ch.Change, ch.Grade = Removed, GradeBreaks
		return ch
	}
	o, n := &c.old.defs[g.old], &c.new.defs[g.new]
	list := moduleDetails(c.details[:0], ch.OldModule, ch.NewModule)
	if o.next >= 0 || n.next >= 0 {
		list = c.layouts(list, d.kind, c.old.layouts(g.old), c.new.layouts(g.new))
	} else {
		list = c.definition(list, d.kind, c.old.typ(o), c.new.typ(n))
	}
	c.details = list
	ch.Details, ch.Grade = c.keep(list), worst(list)
	return ch
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

// sortChanges orders changes by kind and name. Since Linux 7.0 BTF is sorted by name, so that
// most of them are in order already, but for what only the old kernel has.
func sortChanges(list []Change) {
	var removed, others [kindEnd][]sortKey
	for kind, n := range countKinds(list) {
		removed[kind], others[kind] = make([]sortKey, 0, n), make([]sortKey, 0, n)
	}
	for i := range list {
		ch := &list[i]
		var b [8]byte
		copy(b[:], ch.Name)
		key := sortKey{binary.BigEndian.Uint64(b[:]), int32(i)}
		if ch.Change == Removed {
			removed[ch.Kind] = append(removed[ch.Kind], key)
		} else {
			others[ch.Kind] = append(others[ch.Kind], key)
		}
	}
	order := func(a, b sortKey) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return strings.Compare(list[a.at].Name, list[b.at].Name)
	}
	from := make([]int32, 0, len(list)) // the change that comes next
	for kind := range kindEnd {
		a, b := removed[kind], others[kind]
		slices.SortFunc(a, order)
		slices.SortFunc(b, order)
		for len(a) > 0 || len(b) > 0 {
			next := &b
			if len(b) == 0 || len(a) > 0 && order(a[0], b[0]) < 0 {
				next = &a
			}
			from = append(from, (*next)[0].at)
			*next = (*next)[1:]
		}
	}
	permute(list, from)
}

// countKinds is how many changes there are of each kind.
func countKinds(list []Change) (n [kindEnd]int) {
	for i := range list {
		n[list[i].Kind]++
	}
	return n
}

// permute puts list[from[i]] in place i, along the cycles of the permutation.
func permute(list []Change, from []int32) {
	for i := range from {
		if from[i] < 0 {
			continue
		}
		first, at := list[i], int32(i)
		for from[at] != int32(i) {
			next := from[at]
			list[at], from[at] = list[next], -1
			at = next
		}
		list[at], from[at] = first, -1
	}
}

// sortKey is a change to be sorted, with the first 8 bytes of its name.
type sortKey struct {
	prefix uint64
	at     int32
}
