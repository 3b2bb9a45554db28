package btfdiff

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"unsafe"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// side is one of the two kernels.
type side struct {
	k      *kernel.Kernel
	tables []*table // vmlinux, then the modules by name
	defs   []def
	anon   []typ           // anonymous enums
	hooks  map[string]bool // see lsmHooks
	values []int32         // definitions of structs bpf_struct_ops_*
	// What encoders of BTF learnt in the course of time: whether there is any.
	typeTags, enumSigns, kfuncTags bool
}

// def is a definition that has a name. It holds no pointers: there are 70,000
// of them.
type def struct {
	name  sum // of the name
	sum   sum // 0 if the definition is not compared
	id    uint32
	off   uint32 // of the name in the strings
	next  int32  // the next definition of that kind and name, -1 for none
	table uint16 // index in side.tables
	kind  Kind
	len   uint8 // of the name, 255 for more
	both  bool  // the other kernel has that kind and name too
}

func (s *side) typ(d *def) typ { return s.tables[d.table].typ(d.id) }

// nameOf is the name of a definition.
func (s *side) nameOf(d *def) string {
	t := s.tables[d.table]
	if d.len == 255 {
		return t.str(d.off)
	}
	b := t.tail(d.off)[:d.len]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// module is the module that holds a definition.
func (s *side) module(d *def) string { return s.tables[d.table].module }

// newSide reads the types of a kernel, with those of the modules if asked.
func newSide(k *kernel.Kernel, modules bool) (*side, error) {
	s := &side{k: k}
	if k == nil || k.Types == nil {
		return nil, fmt.Errorf("kernel: %w", kernel.ErrNoTypes)
	}
	base := newTable(k.Types, nil, "")
	s.tables = append(s.tables, base)
	if err := readable(k); err != nil {
		return nil, fmt.Errorf("kernel %q: %w", k.Name, err)
	}
	if modules {
		for _, name := range k.ModuleNames() {
			if t := newTable(k.Modules[name], base, name); t.count > 0 && len(s.tables) <= maxModules {
				s.tables = append(s.tables, s.rebase(t))
			}
		}
	}
	return s, nil
}

// maxModules is how many modules can be compared. Distributions have some 4,000.
const maxModules = 1<<16 - 2

// rebase gives a module that was built over a base of its own, as in a section
// .BTF.base, a table of that base.
func (s *side) rebase(t *table) *table {
	base := s.k.Modules[t.module].Base()
	if base != nil && base.Len() != s.k.Types.Len() {
		t.base = newTable(base, nil, t.module)
	}
	return t
}

// readable is the error of types that cannot be read to their end, nil if they can.
func readable(k *kernel.Kernel) error {
	for _, err := range k.Errors() {
		if err.Part == kernel.PartTypes {
			return err
		}
	}
	return nil
}

// defKinds are the kinds of definitions by kind of BTF, plus one; 0 is none.
var defKinds = [btfgraph.MaxKind + 1]Kind{
	btfgraph.KindStruct: KindStruct + 1, btfgraph.KindUnion: KindUnion + 1, btfgraph.KindEnum: KindEnum + 1,
	btfgraph.KindEnum64: KindEnum + 1, btfgraph.KindTypedef: KindTypedef + 1, btfgraph.KindFunc: KindFunc + 1,
	btfgraph.KindInt: KindInt + 1, btfgraph.KindVar: KindVar + 1, btfgraph.KindDatasec: KindDatasec + 1,
}

// scan lists the definitions of all tables.
func (s *side) scan() {
	total := uint32(0)
	for _, t := range s.tables {
		total += t.count
	}
	s.defs = make([]def, 0, total/5*3+16)
	for i, t := range s.tables {
		s.scanTable(t, uint16(i))
		t.sortTags()
	}
}

func (s *side) scanTable(t *table, table uint16) {
	for i := range t.count {
		b := t.recs[t.offs[i]:t.offs[i+1]]
		kind := kindOf(word(b, 4))
		if kind > btfgraph.MaxKind {
			continue
		}
		switch kind {
		case btfgraph.KindDeclTag:
			g := tag{word(b, 8), int32(word(b, recordLen)), t.str(word(b, 0))}
			t.tags = append(t.tags, g)
			s.kfuncTags = s.kfuncTags || g.component == componentSelf && g.name == kfuncTag
		case btfgraph.KindTypeTag:
			s.typeTags = true
		case btfgraph.KindEnum, btfgraph.KindEnum64:
			s.enumSigns = s.enumSigns || word(b, 4)>>31 != 0
		}
		k := defKinds[kind]
		if k == 0 {
			continue
		}
		name := word(b, 0)
		if name == 0 {
			if isEnum(kind) {
				s.anon = append(s.anon, t.typ(t.first+i))
			}
			continue
		}
		if k-1 == KindStruct && bytes.HasPrefix(t.tail(name), []byte(structOpsPrefix)) {
			s.values = append(s.values, int32(len(s.defs)))
		}
		sum, length := t.sumName(name)
		s.defs = append(s.defs, def{name: sum, off: name, len: uint8(min(length, 255)), id: t.first + i, next: -1, table: table, kind: k - 1})
	}
}

// sumUp computes the sums of the definitions that are to be compared: those that
// the other kernel has too. If all of them are, all references are known then, and several goroutines may use them.
func (s *side) sumUp(c *comparer) {
	for _, t := range s.tables {
		for ; t != nil && t.memos == nil; t = t.base {
			t.facts, t.memos = &c.facts, make([]memo, t.count)
		}
	}
	for i := range s.defs {
		if d := &s.defs[i]; d.both && c.needs[d.kind] && (c.match == nil || c.matches(d.kind, s.nameOf(d))) {
			d.sum = s.typ(d).defSum()
		}
	}
	for _, t := range s.tables {
		for ; t != nil && c.all(); t = t.base {
			t.frozen = true
		}
	}
}

// group is the definitions of one kind and name in both kernels: the first of
// each as index of side.defs, -1 for none.
type group struct{ old, new int32 }

// index finds groups by kind and name.
type index struct {
	old, new *side
	groups   []group
	slots    []int32 // group+1 by the upper bits of the key, the next free slot if it is taken
	shift    int
	salt     keySalt
}

// join brings the definitions of the same kind and name together.
func join(old, new *side) *index {
	n := bits.Len(uint(len(old.defs)+len(new.defs))) + 1
	x := &index{old: old, new: new, slots: make([]int32, 1<<n), shift: 64 - n}
	x.salt = keySalt{rand.Uint64() | 1, rand.Uint64() | 1}
	x.groups = make([]group, 0, max(len(old.defs), len(new.defs))*5/4+16)
	// Backwards, and each before the others of its name, so that they ascend.
	for i := len(new.defs) - 1; i >= 0; i-- {
		d := &new.defs[i]
		g := x.group(d)
		d.next, g.new = g.new, int32(i)
	}
	for i := len(old.defs) - 1; i >= 0; i-- {
		d := &old.defs[i]
		g := x.group(d)
		d.next, g.old = g.old, int32(i)
	}
	for i := range x.groups {
		if g := &x.groups[i]; g.old >= 0 && g.new >= 0 {
			old.mark(g.old)
			new.mark(g.new)
		}
	}
	return x
}

// mark notes that the other kernel has definitions of the same name.
func (s *side) mark(i int32) {
	for ; i >= 0; i = s.defs[i].next {
		s.defs[i].both = true
	}
}

// first is a definition of the group, and its kernel.
func (x *index) first(g *group) (*side, *def) {
	if g.new >= 0 {
		return x.new, &x.new.defs[g.new]
	}
	return x.old, &x.old.defs[g.old]
}

// is tells whether a group is that of a kind and name. Names are told apart by
// their sums.
func (x *index) is(g *group, kind Kind, name sum) bool {
	_, d := x.first(g)
	return d.name == name && d.kind == kind
}

// group is the group of a definition, a new one if it has none. It is valid
// until the next call.
func (x *index) group(d *def) *group {
	for i := x.salt.key(d.kind, d.name) >> x.shift; ; i = (i + 1) & uint64(len(x.slots)-1) {
		slot := x.slots[i]
		if slot == 0 {
			x.groups = append(x.groups, group{-1, -1})
			x.slots[i] = int32(len(x.groups))
			return &x.groups[len(x.groups)-1]
		}
		if g := &x.groups[slot-1]; x.is(g, d.kind, d.name) {
			return g
		}
	}
}

// find is the group of that kind and name, nil if there is none.
func (x *index) find(kind Kind, name string) *group {
	n, _ := sumBytes([]byte(name))
	for i := x.salt.key(kind, n) >> x.shift; x.slots[i] != 0; i = (i + 1) & uint64(len(x.slots)-1) {
		if g := &x.groups[x.slots[i]-1]; x.is(g, kind, n) {
			return g
		}
	}
	return nil
}

// keySalt spreads names over the slots of an index in a way that nobody can
// foresee who makes up names.
type keySalt struct{ a, b uint64 }

// key is where to look for definitions of a kind and name.
func (k keySalt) key(kind Kind, name sum) uint64 {
	hi, lo := bits.Mul64(name.a^uint64(kind), k.a)
	return hi ^ lo ^ name.b*k.b
}
