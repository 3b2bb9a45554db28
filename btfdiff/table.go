package btfdiff

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// recordLen is the size of struct btf_type, entryLen those of what follows it.
const (
	recordLen     = 12
	memberLen     = 12
	paramLen      = 8
	enumLen       = 8
	enum64Len     = 12
	secinfoLen    = 12
	vlenMask      = 1<<24 - 1
	maxChain      = 64 // references that a walk follows, as in btfgraph
	offsetBits    = 24 // of a member's offset if the kind flag is set
	componentSelf = -1 // component of a DECL_TAG on the type itself
)

// table is the BTF of a vmlinux, or that of a module over it, for passes over
// all of its types. It decodes records from their bytes: the answers of a Graph
// for one id after the other cost several times as much.
type table struct {
	g       btfgraph.Graph
	base    *table // nil for vmlinux
	module  string // "" for vmlinux
	first   uint32 // own id
	count   uint32 // own ids
	recs    []byte
	offs    []uint32
	strs    []byte
	strBase uint32
	tags    []tag           // on own types, by target, component and name
	tagged  []uint64        // bit set of the own types that have tags
	number  uint32          // of the first own type among those of the kernel, from 1
	isNew   bool            // of the new kernel
	memos   map[uint32]memo // by id, see refAt
	embeds  map[uint32]sum  // see embedded
	facts   *facts
}

// tag is a DECL_TAG.
type tag struct {
	target    uint32
	component int32
	name      string
}

// facts are what has to be known of both kernels before types of one are summed up.
type facts struct {
	typeTags  bool // both have TYPE_TAGs, so that their absence means something
	enumSigns bool // both tell which enums are signed
	charSigns bool // both tell the signs of the types of characters
}

// newTable reads the own types of a graph.
func newTable(g btfgraph.Graph, base *table, module string) *table {
	t := &table{g: g, base: base, module: module}
	r := recordsOf(g) // before any other question, see there
	t.first = uint32(g.FirstOwn())
	t.recs, t.offs, t.strs, t.strBase = r.Types, r.Offsets, r.Strings, r.StringBase
	t.count = uint32(len(t.offs) - 1)
	return t
}

// recordsOf are the records of a graph of raw BTF, or made of one that has none. They
// cost least if nobody asked the graph anything before.
func recordsOf(g btfgraph.Graph) btfgraph.Records {
	if r, ok := g.(*btfgraph.Raw); ok {
		return r.Records()
	}
	return encode(g)
}

// maxName is how long a name may be: four times what the kernel allows
// (KSYM_NAME_LEN). Many types can have one name, and all of it is read for each.
const maxName = 2047

// longName tells that there may be a longer name than that: the strings of
// others have a NUL in every block of that length.
func (t *table) longName() bool {
	for b := t.strs; len(b) > maxName; b = b[maxName+1:] {
		if bytes.IndexByte(b[:maxName+1], 0) < 0 {
			return true
		}
	}
	return false
}

// typ is a type. The zero value is void.
type typ struct {
	t  *table
	id uint32
	b  []byte // the record
}

// typ finds a type; void if there is none.
func (t *table) typ(id uint32) typ {
	for id < t.first {
		if t.base == nil {
			return typ{}
		}
		t = t.base
	}
	i := id - t.first
	if i >= t.count {
		return typ{}
	}
	from, to := t.offs[i], t.offs[i+1]
	return typ{t, id, t.recs[from:to:to]}
}

func word(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }

// kind is the kind of a type; void if btflint does not know it.
func (y typ) kind() btfgraph.Kind {
	if len(y.b) < recordLen {
		return btfgraph.KindVoid
	}
	if k := btfgraph.Kind(y.b[7] & 0x7f); k <= btfgraph.MaxKind {
		return k
	}
	return btfgraph.KindVoid
}

func (y typ) flag() bool { return y.b != nil && word(y.b, 4)>>31 != 0 }
func (y typ) vlen() int {
	if y.b == nil {
		return 0
	}
	return int(word(y.b, 4) & vlenMask)
}

// size is the word that holds the size or the id of a type.
func (y typ) size() uint32 {
	if y.b == nil {
		return 0
	}
	return word(y.b, 8)
}

func (y typ) name() string {
	if y.b == nil {
		return ""
	}
	return y.t.str(word(y.b, 0))
}

func (y typ) anonymous() bool { return y.b == nil || y.t.str(word(y.b, 0)) == "" }

// ref is the type referred to, the element of an array.
func (y typ) ref() typ {
	if y.kind() == btfgraph.KindArray {
		return y.t.typ(word(y.b, recordLen))
	}
	if y.b == nil {
		return typ{}
	}
	return y.t.typ(word(y.b, 8))
}

func (y typ) nelems() uint32 { return word(y.b, recordLen+8) }

// intData is the extra word of an INT: encoding<<24 | offset<<16 | bits.
func (y typ) intData() uint32 { return word(y.b, recordLen) }

func (y typ) body() []byte {
	if y.b == nil {
		return nil
	}
	return y.b[recordLen:]
}

func isComposite(k btfgraph.Kind) bool { return k == btfgraph.KindStruct || k == btfgraph.KindUnion }

func isEnum(k btfgraph.Kind) bool { return k == btfgraph.KindEnum || k == btfgraph.KindEnum64 }

func isModifier(k btfgraph.Kind) bool {
	switch k {
	case btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict, btfgraph.KindTypeTag:
		return true
	}
	return false
}

// bare is the type without qualifiers and TYPE_TAGs; void if they do not end.
func (y typ) bare() typ {
	for range maxChain + 1 {
		if !isModifier(y.kind()) {
			return y
		}
		y = y.ref()
	}
	return typ{}
}

// resolved is the type without qualifiers, TYPE_TAGs and typedefs.
func (y typ) resolved() typ {
	for range maxChain + 1 {
		if k := y.kind(); !isModifier(k) && k != btfgraph.KindTypedef {
			return y
		}
		y = y.ref()
	}
	return typ{}
}

// tail is the strings from an offset on, nil if it is out of range.
func (t *table) tail(off uint32) []byte {
	for off < t.strBase {
		if t.base == nil {
			return nil
		}
		t = t.base
	}
	off -= t.strBase
	if uint64(off) >= uint64(len(t.strs)) {
		return nil
	}
	return t.strs[off:]
}

// str is the string at an offset, a piece of the BTF.
func (t *table) str(off uint32) string {
	if off == 0 {
		return ""
	}
	b := t.tail(off)
	n := bytes.IndexByte(b, 0)
	if n <= 0 {
		return ""
	}
	return unsafe.String(unsafe.SliceData(b), n)
}

// member is a member of a struct or union, its offset and width in bits.
type member struct {
	name       string
	typ        uint32
	off, width uint32
}

func (y typ) member(i int) member {
	b := y.b[recordLen+memberLen*i:]
	m := member{name: y.t.str(word(b, 0)), typ: word(b, 4), off: word(b, 8)}
	if y.flag() {
		m.off, m.width = m.off&(1<<offsetBits-1), m.off>>offsetBits
	}
	return m
}

// param is a parameter.
type param struct {
	name string
	typ  uint32
}

func (y typ) params() []param { return y.appendParams(nil) }

func (y typ) appendParams(list []param) []param {
	list = slices.Grow(list, y.vlen())
	for i := range y.vlen() {
		list = append(list, y.param(i))
	}
	return list
}

func (y typ) param(i int) param {
	b := y.b[recordLen+paramLen*i:]
	return param{y.t.str(word(b, 0)), word(b, 4)}
}

// enumerator is a value of an enum, sign-extended if the enum is signed.
type enumerator struct {
	name  string
	value uint64
}

// enumeratorLen is the size of an enumerator of an enum.
func (y typ) enumeratorLen() int {
	if y.kind() == btfgraph.KindEnum64 {
		return enum64Len
	}
	return enumLen
}

// enumValue is the value of an enumerator.
func (y typ) enumValue(i int) uint64 {
	b := y.body()[y.enumeratorLen()*i:]
	if y.kind() == btfgraph.KindEnum64 {
		return uint64(word(b, 4)) | uint64(word(b, 8))<<32
	}
	v := uint64(word(b, 4))
	if y.flag() {
		v = uint64(int64(int32(v)))
	}
	return v
}

// sortTags orders the tags and drops what is there twice.
func (t *table) sortTags() {
	slices.SortFunc(t.tags, compareTags)
	t.tags = slices.Compact(t.tags)
	t.tagged = make([]uint64, t.count/64+1)
	for _, g := range t.tags {
		if i := g.target - t.first; i < t.count {
			t.tagged[i/64] |= 1 << (i % 64)
		}
	}
}

// hasTags tells whether there are tags on a type of the table itself.
func (t *table) hasTags(id uint32) bool {
	n := id - t.first
	return n < t.count && t.tagged[n/64]>>(n%64)&1 != 0
}

// tagsOf are the tags on a type of the table itself.
func (t *table) tagsOf(id uint32) []tag {
	if !t.hasTags(id) {
		return nil
	}
	i, _ := slices.BinarySearchFunc(t.tags, id, func(g tag, id uint32) int { return int(int64(g.target) - int64(id)) })
	j := i
	for j < len(t.tags) && t.tags[j].target == id {
		j++
	}
	return t.tags[i:j]
}
