package btfdiff

import (
	"bytes"
	"fmt"
	"slices"
	"unsafe"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// side is one of the two kernels.
type side struct {
	k      *kernel.Kernel
	tables []*table // vmlinux, then the modules by name
	defs   []def
	anon   []def           // anonymous enums
	hooks  map[string]bool // see lsmHooks
	values []int32         // definitions of structs bpf_struct_ops_*
	sums   []sum           // see sumUp
	types  uint32          // types of all tables
	// What encoders of BTF learnt in the course of time: whether there is any.
	typeTags, enumSigns, kfuncTags bool
	noCharSigns                    bool // signed char is encoded as if it were unsigned
}

// def is a definition that has a name. It holds no pointers and little else:
// there are 120,000 of them.
type def struct {
	hash  uint32 // of kind and name
	id    uint32
	off   uint32 // of the name in the strings
	next  int32  // the next definition of that kind and name, -1 for none
	sum   int32  // index in side.sums, see sumUp
	table uint16 // index in side.tables
	kind  Kind
	len   uint8 // of the name, 255 for more
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
	for _, t := range s.tables {
		if t.base != nil && t.base != base {
			s.number(t.base)
		}
		s.number(t)
	}
	for _, t := range s.tables {
		for ; t != nil; t = t.base {
			if t.longName() {
				return nil, fmt.Errorf("kernel %q: a name of more than %d bytes: %w", k.Name, maxName, ErrTooComplex)
			}
		}
	}
	return s, nil
}

// markNew makes the tables those of the new kernel.
func (s *side) markNew() {
	for _, t := range s.tables {
		for ; t != nil; t = t.base {
			t.isNew = true
		}
	}
}

// number gives the types of a table their numbers.
func (s *side) number(t *table) {
	t.number = s.types + 1
	s.types += t.count
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

// defKinds are the kinds of definitions by kind of BTF, plus one; 0 is none. The highest bit
// says that a scan has to look at the record for another reason.
var defKinds = [1 << 7]Kind{
	btfgraph.KindStruct: KindStruct + 1 | looked, btfgraph.KindUnion: KindUnion + 1, btfgraph.KindEnum: KindEnum + 1 | looked,
	btfgraph.KindEnum64: KindEnum + 1 | looked, btfgraph.KindTypedef: KindTypedef + 1, btfgraph.KindFunc: KindFunc + 1,
	btfgraph.KindInt: KindInt + 1 | looked, btfgraph.KindVar: KindVar + 1, btfgraph.KindDatasec: KindDatasec + 1,
	btfgraph.KindDeclTag: looked, btfgraph.KindTypeTag: looked,
}

const looked Kind = 1 << 7

// scan lists the definitions of all tables.
func (s *side) scan(salt hashSalt) {
	total := uint32(0)
	for _, t := range s.tables {
		total += t.count
	}
	s.defs = large[def](int(total)/5*3 + 16)
	for i, t := range s.tables {
		s.scanTable(t, uint16(i), salt)
		t.sortTags()
	}
}

func (s *side) scanTable(t *table, table uint16, salt hashSalt) {
	recs, strs, strBase, defs := t.recs, t.strs, t.strBase, s.defs
	for i, off := range t.offs[:t.count] {
		b := recs[off : off+recordLen]
		kind := defKinds[b[7]&(1<<7-1)]
		if kind == 0 { // half of all types
			continue
		}
		name := word(b, 0)
		if kind&looked != 0 {
			s.look(t, table, i, len(defs))
			kind &^= looked
		}
		if kind == 0 || name == 0 {
			continue
		}
		var tail []byte
		if j := name - strBase; j < uint32(len(strs)) {
			tail = strs[j:]
		} else {
			tail = t.tail(name)
		}
		hash, length := salt.hash(kind-1, tail)
		defs = append(defs, def{hash: hash, off: name, len: uint8(min(length, 255)), id: t.first + uint32(i), next: -1, table: table, kind: kind - 1})
	}
	s.defs = defs
}

// look notes what else a scan learns from a record. n is the number of its
// definition, if it is one.
func (s *side) look(t *table, table uint16, i, n int) {
	y := t.typ(t.first + uint32(i))
	switch y.kind() {
	case btfgraph.KindDeclTag:
		g := tag{y.size(), int32(word(y.b, recordLen)), y.name()}
		t.tags = append(t.tags, g)
		s.kfuncTags = s.kfuncTags || g.component == componentSelf && g.name == kfuncTag
	case btfgraph.KindTypeTag:
		s.typeTags = true
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		s.enumSigns = s.enumSigns || y.flag()
		if word(y.b, 0) == 0 {
			s.anon = append(s.anon, def{id: y.id, next: -1, table: table, kind: KindEnum})
		}
	case btfgraph.KindInt:
		s.noCharSigns = s.noCharSigns || y.isSignedChar() && btfgraph.IntEncoding(y.intData()>>24)&btfgraph.IntSigned == 0
	case btfgraph.KindStruct:
		if word(y.b, 0) != 0 && bytes.HasPrefix(t.tail(word(y.b, 0)), []byte(structOpsPrefix)) {
			s.values = append(s.values, int32(n))
		}
	}
}

// sumUp computes the sums of definitions, by which several of one name are
// matched. It goes by ids, as what types that hold each other come down to depends
// on where one starts.
func (s *side) sumUp(c *comparison) {
	for _, t := range s.tables {
		for ; t != nil && t.memos == nil; t = t.base {
			t.facts, t.memos = &c.facts, make(map[uint32]memo)
		}
	}
	var list []int32
	for _, i := range c.several {
		k := c.groups[i].old
		if s == c.new {
			k = c.groups[i].new
		}
		for ; k >= 0; k = s.defs[k].next {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	for i, k := range list {
		d := &s.defs[k]
		d.sum = int32(i)
		s.sums = append(s.sums, s.typ(d).defSum())
	}
}
