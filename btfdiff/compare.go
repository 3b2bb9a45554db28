package btfdiff

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// comparer compares definitions of two kernels. It is for one goroutine: each has
// its own.
type comparer struct {
	*comparison
	known     pairs
	assumed   []uint32           // old types in known that are being compared
	embedded  map[[2]uint32]bool // see sameEmbedded
	truncated bool               // what is being compared goes too deep
	steps     int                // see step
	fields    []field
	byName    nameTable
	values    []value
	stock     []Detail // room for details, to be handed out
	// Room for the parameters of one function and for what matches them.
	olds, news     []param
	matchO, matchN []int
}

// comparison is what all comparers of two kernels share.
type comparison struct {
	*index
	facts     facts
	kinds     [kindEnd]bool // wanted
	needs     [kindEnd]bool // to be compared, for those that are wanted
	match     func(Kind, string) bool
	limit     int
	left      atomic.Int64      // entries that may still be looked at
	aliased   [kindEnd][]string // names of other kinds that definitions which differ may have
	unchecked []Unchecked
	lanes     []*comparer // see each
}

// Bounds of a comparison. What two kernels 2 years apart have takes a tenth of
// what their types pay for.
const (
	minWork       = 1 << 20
	workPerRecord = 8 // entries of structs and the like per type
)

// newComparison reads both kernels, each in a goroutine of its own, and joins them.
func newComparison(old, new *kernel.Kernel, opts Options) (*comparison, error) {
	c := &comparison{match: opts.Match}
	for _, k := range opts.Kinds {
		if k < kindEnd {
			c.kinds[k] = true
		}
	}
	for k := range c.kinds {
		c.kinds[k] = c.kinds[k] || len(opts.Kinds) == 0
	}
	for k, wanted := range c.kinds {
		if wanted {
			c.needs[k], c.needs[readOff[k]] = true, true
		}
	}
	c.needs[KindStruct] = c.needs[KindStruct] || c.kinds[KindTracepoint]
	modules := modulesKnown(old) && modulesKnown(new)
	var sides [2]*side
	var errs [2]error
	salt := newSalt()
	both(func(i int) {
		if sides[i], errs[i] = newSide([...]*kernel.Kernel{old, new}[i], modules); errs[i] == nil {
			sides[i].scan(salt)
		}
	})
	if err := cmp.Or(errs[0], errs[1]); err != nil {
		return nil, err
	}
	if max(sides[0].types, sides[1].types) >= 1<<31-1 { // see pairs
		return nil, ErrTooComplex
	}
	sides[1].markNew()
	c.facts = facts{
		typeTags:  sides[0].typeTags && sides[1].typeTags,
		enumSigns: sides[0].enumSigns && sides[1].enumSigns,
		charSigns: !sides[0].noCharSigns && !sides[1].noCharSigns,
	}
	c.index = join(sides[0], sides[1], salt)
	c.several = slices.DeleteFunc(c.several, func(i int32) bool {
		s, d := c.first(&c.groups[i])
		return !c.kinds[d.kind] || c.match != nil && !c.match(d.kind, s.nameOf(d))
	})
	both(func(i int) { sides[i].sumUp(c) })
	for _, s := range sides {
		for _, t := range s.tables {
			c.limit += len(t.recs) / recordLen * workPerRecord
		}
	}
	c.limit += minWork
	c.left.Store(int64(c.limit))
	c.note(modules)
	for range min(runtime.GOMAXPROCS(0), maxLanes) {
		c.lanes = append(c.lanes, &comparer{comparison: c})
	}
	return c, nil
}

// maxLanes bounds the goroutines that compare.
const maxLanes = 8

// readOff are the kinds of definitions that other kinds are found by.
var readOff = [kindEnd]Kind{
	KindStruct: KindStruct, KindUnion: KindUnion, KindEnum: KindEnum, KindTypedef: KindTypedef, KindInt: KindInt,
	KindFunc: KindFunc, KindVar: KindVar, KindDatasec: KindDatasec,
	KindKfunc: KindFunc, KindLSMHook: KindFunc, KindIterator: KindFunc,
	KindStructOps: KindStruct, KindTracepoint: KindTypedef,
	KindHelper: KindEnum, KindMapType: KindEnum, KindProgType: KindEnum, KindAttachType: KindEnum, KindConfig: KindEnum,
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
func (c *comparison) spend(work int) bool { return c.left.Add(-int64(work)-1) >= 0 }

// wants tells whether a kind and name is to be compared.
func (c *comparison) wants(kind Kind, name string) bool {
	return c.kinds[kind] && (c.match == nil || c.match(kind, name))
}

// matches tells whether a definition is asked for under any of its names.
func (c *comparison) matches(kind Kind, name string) bool {
	if c.wants(kind, name) {
		return true
	}
	for _, a := range aliases[kind] {
		if rest, ok := strings.CutPrefix(name, a.prefix); ok && c.wants(a.kind, rest) {
			return true
		}
	}
	return false
}

// alias is a kind of things that definitions of a kind are under the rest of
// their names.
type alias struct {
	kind   Kind
	prefix string
}

var aliases = [kindEnd][]alias{
	KindFunc:    {{KindKfunc, ""}, {KindLSMHook, lsmPrefix}, {KindIterator, iterPrefix}},
	KindStruct:  {{KindStructOps, structOpsPrefix}, {KindTracepoint, recordPrefix}},
	KindTypedef: {{KindTracepoint, tracePrefix}},
}

// note lists what cannot be compared.
func (c *comparison) note(modules bool) {
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
		c.unchecked = append(c.unchecked, Unchecked{Text: "modules: unknown of " + strings.Join(names, " and ") + ", only vmlinux is compared"})
	}
	for _, s := range []*side{c.old, c.new} {
		if n := s.unknownKinds(); n > 0 {
			c.unchecked = append(c.unchecked, Unchecked{Text: fmt.Sprintf("types of unknown kinds: %s has %d", s.k.Name, n)})
		}
	}
	if !c.facts.enumSigns {
		add(KindEnum, false, each(func(s *side) bool { return !s.enumSigns }), "signs of enums: not told by %s")
	}
	add(KindInt, false, each(func(s *side) bool { return s.noCharSigns }), "sign of char: not told by %s")
	if !c.facts.typeTags && (c.old.typeTags || c.new.typeTags) {
		add(KindStruct, false, each(func(s *side) bool { return !s.typeTags }), "type tags such as rcu and user: none in %s")
	}
	add(KindKfunc, true, each(func(s *side) bool { return !s.kfuncTags }), "kfuncs: no bpf_kfunc tags in %s")
	add(KindConfig, true, each(func(s *side) bool { return s.k.Config == nil || s.k.Config.Err() != nil }), "config: unknown of %s")
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
