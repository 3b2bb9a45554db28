package btfdiff

import (
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// definitions compares what both kernels define.
func (c *comparer) definitions() []Change {
	differ := make([]int32, 0, len(c.groups)) // what is not used of it costs nothing
	for i := len(c.groups) - 1; i >= 0; i-- { // ascending ids, see join
		g := &c.groups[i]
		s, d := c.first(g)
		if !c.needs[d.kind] || c.same(g) {
			continue
		}
		c.alias(g, s, d)
		if d.kind == KindInt && (g.old < 0 || g.new < 0) {
			continue // another spelling
		}
		if c.kinds[d.kind] && (c.match == nil || c.match(d.kind, s.nameOf(d))) {
			differ = append(differ, int32(i))
		}
	}
	changes := make([]Change, len(differ), len(differ)+len(differ)/4+1024)
	c.each(len(differ), func(i int, w *worker) { changes[i] = w.group(&c.groups[differ[i]]) })
	changes = slices.DeleteFunc(changes, func(ch Change) bool { return ch.Change == Changed && len(ch.Details) == 0 })
	if c.wants(KindEnum, AnonymousEnums) {
		changes = appendChanged(changes, KindEnum, AnonymousEnums, c.anonymousEnums())
	}
	return changes
}

// alias notes the names that a definition which differs has as another kind.
func (c *comparer) alias(g *group, s *side, d *def) {
	switch d.kind {
	case KindFunc:
		if c.anyTagged(g) {
			c.addAlias(KindKfunc, s.nameOf(d))
		}
		c.aliasAfter(KindLSMHook, s, d, lsmPrefix)
		c.aliasAfter(KindIterator, s, d, iterPrefix)
	case KindStruct:
		c.aliasAfter(KindTracepoint, s, d, recordPrefix)
	case KindTypedef:
		c.aliasAfter(KindTracepoint, s, d, tracePrefix)
	}
}

// aliasAfter notes the rest of a name that has the prefix.
func (c *comparer) aliasAfter(kind Kind, s *side, d *def, prefix string) {
	if rest, ok := strings.CutPrefix(s.nameOf(d), prefix); ok && rest != "" {
		c.addAlias(kind, rest)
	}
}

func (c *comparer) addAlias(kind Kind, name string) {
	if c.wants(kind, name) {
		c.aliased[kind] = append(c.aliased[kind], name)
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

// same tells that a name stands for one and the same thing in both kernels.
func (c *comparer) same(g *group) bool {
	if g.old < 0 || g.new < 0 {
		return false
	}
	o, n := &c.old.defs[g.old], &c.new.defs[g.new]
	return o.next < 0 && n.next < 0 && o.sum == n.sum && (o.table|n.table == 0 || c.old.module(o) == c.new.module(n))
}

// worker is what a goroutine needs to compare definitions.
type worker struct {
	*comparer
	details []Detail // room for those of one definition
	stock   []Detail // room for those of many, to be handed out
}

// keep copies details to where they stay.
func (w *worker) keep(list []Detail) []Detail {
	if len(list) == 0 {
		return nil
	}
	if len(w.stock) < len(list) {
		w.stock = make([]Detail, max(len(list), stockSize))
	}
	kept := w.stock[:len(list):len(list)]
	w.stock = w.stock[len(list):]
	copy(kept, list)
	return kept
}

// stockSize is how many details are allocated at once, for a name has few.
const stockSize = 256

// each calls do for 0 to n-1. If all types have been summed up, so that nothing
// is written to tables any more, it does so on all processors.
func (c *comparer) each(n int, do func(i int, w *worker)) {
	workers := 1
	if c.all() {
		workers = min(runtime.GOMAXPROCS(0), n/64+1)
	}
	var next atomic.Int64
	work := func() {
		const batch = 32
		w := &worker{comparer: c}
		for {
			from := int(next.Add(batch)) - batch
			if from >= n || c.left.Load() < 0 {
				return
			}
			for i := from; i < min(from+batch, n); i++ {
				do(i, w)
			}
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}

// group compares the definitions of one name.
func (w *worker) group(g *group) Change {
	s, d := w.first(g)
	ch := Change{Kind: d.kind, Name: s.nameOf(d), Change: Changed}
	if g.old >= 0 {
		ch.OldModule = w.old.module(&w.old.defs[g.old])
	}
	if g.new >= 0 {
		ch.NewModule = w.new.module(&w.new.defs[g.new])
	}
	switch {
	case g.old < 0:
		ch.Change = Added
		return ch
	case g.new < 0:
		ch.Change, ch.Grade = Removed, GradeBreaks
		return ch
	}
	o, n := &w.old.defs[g.old], &w.new.defs[g.new]
	list := moduleDetails(w.details[:0], ch.OldModule, ch.NewModule)
	if o.next >= 0 || n.next >= 0 {
		list = w.layouts(list, d.kind, w.old.layouts(g.old), w.new.layouts(g.new))
	} else if o.sum != n.sum {
		list = w.definition(list, d.kind, w.old.typ(o), w.new.typ(n))
	}
	w.details = list
	ch.Details, ch.Grade = w.keep(list), worst(list)
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
