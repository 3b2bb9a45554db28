package btfdiff

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// comparer compares two kernels.
type comparer struct {
	*index
	facts     facts
	kinds     [kindEnd]bool
	match     func(Kind, string) bool
	limit     int
	left      atomic.Int64 // entries that may still be looked at
	unchecked []Unchecked
}

// Bounds of a comparison. What two kernels 2 years apart have takes a tenth of
// what their types pay for.
const (
	minWork       = 1 << 20
	workPerRecord = 8 // entries of structs and the like per type
)

// newComparer reads both kernels, each in a goroutine of its own, and joins them.
func newComparer(old, new *kernel.Kernel, opts Options) (*comparer, error) {
	c := &comparer{match: opts.Match}
	for _, k := range opts.Kinds {
		if k < kindEnd {
			c.kinds[k] = true
		}
	}
	for k := range c.kinds {
		c.kinds[k] = c.kinds[k] || len(opts.Kinds) == 0
	}
	modules := modulesKnown(old) && modulesKnown(new)
	var sides [2]*side
	var errs [2]error
	salt := keySalt{rand.Uint64() | 1, rand.Uint64() | 1}
	both(func(i int) {
		if sides[i], errs[i] = newSide([...]*kernel.Kernel{old, new}[i], modules, salt); errs[i] == nil {
			sides[i].scan()
		}
	})
	if err := cmp.Or(errs[0], errs[1]); err != nil {
		return nil, err
	}
	c.facts = facts{
		typeTags:  sides[0].typeTags && sides[1].typeTags,
		enumSigns: sides[0].enumSigns && sides[1].enumSigns,
	}
	both(func(i int) { sides[i].sumUp(c) })
	c.index = join(sides[0], sides[1])
	for _, s := range sides {
		for _, t := range s.tables {
			c.limit += len(t.recs) / recordLen * workPerRecord
		}
	}
	c.limit += minWork
	c.left.Store(int64(c.limit))
	c.note(modules)
	return c, nil
}

// both does something for either side at the same time.
func both(do func(i int)) {
	var wg sync.WaitGroup
	wg.Go(func() { do(1) })
	do(0)
	wg.Wait()
}

// modulesKnown opens the modules of a kernel, and tells whether they can be read.
func modulesKnown(k *kernel.Kernel) bool {
	if k == nil || k.Types == nil || k.Modules == nil {
		return false
	}
	for _, g := range k.Modules {
		g.Len()
	}
	return !slices.ContainsFunc(k.Errors(), func(e *kernel.PartError) bool { return e.Part == kernel.PartModules })
}

// spend takes work out of the budget, and reports whether there is some left.
func (c *comparer) spend(work int) bool { return c.left.Add(-int64(work)-1) >= 0 }

// wants tells whether a kind and name is to be compared.
func (c *comparer) wants(kind Kind, name string) bool {
	return c.kinds[kind] && (c.match == nil || c.match(kind, name))
}

// all tells that nothing is left out.
func (c *comparer) all() bool { return c.match == nil && !slices.Contains(c.kinds[:], false) }

// note lists what cannot be compared.
func (c *comparer) note(modules bool) {
	each := func(missing func(s *side) bool) (names []string) {
		for _, s := range []*side{c.old, c.new} {
			if missing(s) {
				names = append(names, s.k.Name)
			}
		}
		return names
	}
	add := func(kind Kind, whole bool, names []string, format string) {
		if len(names) > 0 && c.kinds[kind] {
			c.unchecked = append(c.unchecked, Unchecked{kind, whole, fmt.Sprintf(format, strings.Join(names, " and "))})
		}
	}
	if !modules {
		names := each(func(s *side) bool { return !modulesKnown(s.k) })
		c.unchecked = append(c.unchecked, Unchecked{Text: "modules: those of " + strings.Join(names, " and ") + " are unknown, only vmlinux is compared"})
	}
	for _, s := range []*side{c.old, c.new} {
		if n := s.unknownKinds(); n > 0 {
			c.unchecked = append(c.unchecked, Unchecked{Text: fmt.Sprintf("types of unknown kinds: %s has %d", s.k.Name, n)})
		}
	}
	if !c.facts.enumSigns {
		add(KindEnum, false, each(func(s *side) bool { return !s.enumSigns }), "signs of enums: %s does not tell them")
	}
	if !c.facts.typeTags && (c.old.typeTags || c.new.typeTags) {
		add(KindStruct, false, each(func(s *side) bool { return !s.typeTags }), "type tags such as rcu and user: %s has none")
	}
	add(KindKfunc, true, each(func(s *side) bool { return !s.kfuncTags }), "kfuncs: %s has no bpf_kfunc tags")
	add(KindConfig, true, each(func(s *side) bool { return s.k.Config == nil || s.k.Config.Err() != nil }), "config: that of %s is unknown")
}

// definitions compares what both kernels define.
func (c *comparer) definitions() []Change {
	changes := make([]Change, 0, len(c.groups)/4)
	var differ []int // groups that both have
	for i := range c.groups {
		g := &c.groups[i]
		f := c.first(g)
		if !c.kinds[f.kind] || c.match != nil && !c.match(f.kind, f.typ().name()) {
			continue
		}
		switch {
		case g.old < 0:
			changes = append(changes, Change{Kind: f.kind, Name: f.typ().name(), Change: Added, NewModule: f.t.module})
		case g.new < 0:
			changes = append(changes, Change{Kind: f.kind, Name: f.typ().name(), Change: Removed, Grade: GradeBreaks, OldModule: f.t.module})
		default:
			if o := &c.old.defs[g.old]; o.next < 0 && f.next < 0 && o.sum == f.sum && o.t.module == f.t.module {
				continue
			}
			differ = append(differ, i)
		}
	}
	found := make([]Change, len(differ))
	c.each(len(differ), func(i int) {
		g := &c.groups[differ[i]]
		found[i] = c.group(g, c.first(g).kind)
	})
	for i := range found {
		if len(found[i].Details) > 0 {
			changes = append(changes, found[i])
		}
	}
	if c.wants(KindEnum, AnonymousEnums) {
		changes = appendChanged(changes, KindEnum, AnonymousEnums, c.anonymousEnums())
	}
	return changes
}

// each calls do for 0 to n-1. If all types have been summed up, so that nothing
// is written to tables any more, it does so on all processors.
func (c *comparer) each(n int, do func(i int)) {
	workers := 1
	if c.all() {
		workers = min(runtime.GOMAXPROCS(0), n/64+1)
	}
	var next atomic.Int64
	work := func() {
		const batch = 32
		for {
			from := int(next.Add(batch)) - batch
			if from >= n || c.left.Load() < 0 {
				return
			}
			for i := from; i < min(from+batch, n); i++ {
				do(i)
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
func (c *comparer) group(g *group, kind Kind) Change {
	o, n := &c.old.defs[g.old], &c.new.defs[g.new]
	ch := Change{Kind: kind, Name: n.typ().name(), Change: Changed, OldModule: o.t.module, NewModule: n.t.module}
	if ch.OldModule != ch.NewModule {
		ch.Details = append(ch.Details, Detail{
			Grade: GradeSemantic, What: WhatModule, Old: moduleValue(ch.OldModule), New: moduleValue(ch.NewModule),
		})
	}
	if o.next < 0 && n.next < 0 {
		if o.sum != n.sum {
			ch.Details = append(ch.Details, c.definition(kind, o.typ(), n.typ())...)
		}
	} else {
		ch.Details = append(ch.Details, c.layouts(kind, c.olds(g), c.news(g))...)
	}
	ch.Grade = worst(ch.Details)
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

// appendChanged appends the change of a thing that both kernels have, if there is one.
func appendChanged(list []Change, kind Kind, name string, details []Detail) []Change {
	if len(details) == 0 {
		return list
	}
	return append(list, Change{Kind: kind, Name: name, Change: Changed, Grade: worst(details), Details: details})
}

// sortChanges orders changes by kind and name.
func sortChanges(list []Change) {
	keys := make([]sortKey, len(list))
	for i := range list {
		keys[i] = sortKey{kind: list[i].Kind, at: int32(i)}
		var b [8]byte
		copy(b[:], list[i].Name)
		keys[i].prefix = binary.BigEndian.Uint64(b[:])
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if a.kind != b.kind {
			return int(a.kind) - int(b.kind)
		}
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return strings.Compare(list[a.at].Name, list[b.at].Name)
	})
	sorted := make([]Change, len(list))
	for i, k := range keys {
		sorted[i] = list[k.at]
	}
	copy(list, sorted)
}

// sortKey is a change to be sorted, with the first 8 bytes of its name.
type sortKey struct {
	prefix uint64
	at     int32
	kind   Kind
}

// unknownKinds is the number of types whose kind btflint does not know.
func (s *side) unknownKinds() int {
	n := 0
	for _, t := range s.tables {
		if r, ok := t.g.(*btfgraph.Raw); ok {
			n += len(r.UnknownKinds())
		}
	}
	return n
}

// keySalt spreads names over the slots of an index in a way that nobody can
// foresee who makes up names.
type keySalt struct{ a, b uint64 }

// key is where to look for definitions of a kind and name.
func (k keySalt) key(kind Kind, name sum) uint64 {
	hi, lo := bits.Mul64(name.a^uint64(kind), k.a)
	return hi ^ lo ^ name.b*k.b
}
