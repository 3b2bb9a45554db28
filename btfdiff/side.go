package btfdiff

import (
	"bytes"
	"fmt"
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
