package btfdiff

import (
	"bytes"
	"encoding/binary"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// pairs are types of both kernels that were found to be the same: by the number
// of the old one, that of the new one and, in the lowest bit, whether size and class
// of a value are the same too. Of several new ones it keeps the latest.
type pairs []uint32

// sameRef tells whether two references are the same: named types by name, what
// has no name by structure. Spellings of integers do not count. It looks as deep
// as maxChain references, what is below counts as the same.
//
// Types that hold each other are the same if nothing tells them apart. So a pair
// is noted before it is compared, and taken back if the types that the outermost
// call is about are not the same.
func (c *comparer) sameRef(ta *table, a uint32, tb *table, b uint32, depth int) bool {
	x, y := ta.typ(a), tb.typ(b)
	switch {
	case x.t == nil || y.t == nil:
	case c.known[x.number()]>>1 == y.number():
		return true
	default:
		c.known[x.number()] = y.number() << 1
		c.assumed = append(c.assumed, x.number())
	}
	same := c.step(1) && c.sameType(x, y, depth+1)
	if depth == 0 {
		c.settle(same)
	}
	return same
}

// settle ends a comparison: what was assumed on the way is known now if the types
// are the same as far down as they go.
func (c *comparer) settle(same bool) {
	if !same || c.truncated {
		for _, n := range c.assumed {
			c.known[n] = 0
		}
		if len(c.embedded) > 0 {
			clear(c.embedded)
		}
	}
	c.assumed, c.truncated = c.assumed[:0], false
}

// number is that of the type among those of all tables of a kernel.
func (y typ) number() uint32 { return y.t.number + y.id - y.t.first }

// step takes work out of the comparer's own budget, so that what it does
// depends on no other, and reports whether there is some left.
func (c *comparer) step(work int) bool {
	c.steps += work
	if c.steps <= c.limit {
		return true
	}
	c.spend(c.limit) // nobody has looked at the rest
	return false
}

// sameValue tells whether two references are the same and values of the types
// have the same size and class, which a definition of that name decides.
func (c *comparer) sameValue(ta *table, a uint32, tb *table, b uint32, depth int) bool {
	if i, j := a-ta.first, b-tb.first; i < ta.count && j < tb.count && c.known[ta.number+i] == (tb.number+j)<<1|1 {
		return true
	}
	return c.sameNewValue(ta, a, tb, b, depth)
}

// sameNewValue is sameValue of types that were not compared yet.
func (c *comparer) sameNewValue(ta *table, a uint32, tb *table, b uint32, depth int) bool {
	if !c.sameRef(ta, a, tb, b, depth) {
		return false
	}
	x, y := ta.typ(a), tb.typ(b)
	if (x.kind() != btfgraph.KindPtr || y.kind() != btfgraph.KindPtr) && x.valueInfo() != y.valueInfo() {
		return false
	}
	if x.t != nil && y.t != nil {
		if known := &c.known[x.number()]; *known == y.number()<<1 {
			*known |= 1
		}
	}
	return true
}

// same tells whether two references, one of either kernel, are the same in
// every respect.
func (c *comparer) same(a, b ref) bool {
	if a.t.isNew {
		a, b = b, a
	}
	return c.sameValue(a.t, a.id, b.t, b.id, 0)
}

// sameType compares the types that references lead to.
func (c *comparer) sameType(x, y typ, depth int) bool {
	if depth > maxChain {
		c.truncated = true
		return true
	}
	kx, ky := x.kind(), y.kind()
	if !c.facts.typeTags && (kx == btfgraph.KindTypeTag || ky == btfgraph.KindTypeTag) {
		x, y = x.untagged(), y.untagged()
		kx, ky = x.kind(), y.kind()
	}
	switch kx {
	case btfgraph.KindVoid:
		return ky == kx
	case btfgraph.KindInt:
		return ky == kx && x.size() == y.size() && x.comparedInt() == y.comparedInt()
	case btfgraph.KindFloat:
		return ky == kx && x.size() == y.size()
	case btfgraph.KindTypeTag:
		return ky == kx && equalNames(x.t, word(x.b, 0), y.t, word(y.b, 0)) && c.sameRef(x.t, x.size(), y.t, y.size(), depth)
	case btfgraph.KindArray:
		return ky == kx && x.nelems() == y.nelems() && c.sameRef(x.t, word(x.b, recordLen), y.t, word(y.b, recordLen), depth)
	case btfgraph.KindFuncProto:
		return ky == kx && c.sameProto(x, y, depth)
	case btfgraph.KindPtr, btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict:
		return ky == kx && c.sameRef(x.t, x.size(), y.t, y.size(), depth)
	}
	if x.anonymous() || y.anonymous() {
		return x.anonymous() && y.anonymous() && c.sameBody(x, y, depth)
	}
	return structural(x) == structural(y) && equalNames(x.t, word(x.b, 0), y.t, word(y.b, 0))
}

// untagged is the type without TYPE_TAGs; void if they do not end.
func (y typ) untagged() typ {
	for range maxChain + 1 {
		if y.kind() != btfgraph.KindTypeTag {
			return y
		}
		y = y.ref()
	}
	return typ{}
}

// sameDefinition compares two definitions of a name with their DECL_TAGs.
func (c *comparer) sameDefinition(x, y typ) bool {
	same := c.sameBody(x, y, 0)
	c.settle(same)
	return same && (!x.t.hasTags(x.id) && !y.t.hasTags(y.id) || sameTags(x, y))
}

func sameTags(x, y typ) bool {
	olds, news := x.t.tagsOf(x.id), y.t.tagsOf(y.id)
	if len(olds) != len(news) {
		return false
	}
	for i := range olds {
		if olds[i].component != news[i].component || olds[i].name != news[i].name {
			return false
		}
	}
	return true
}

// sameBody compares what two types consist of, without their names.
func (c *comparer) sameBody(x, y typ, depth int) bool {
	kind := x.kind()
	if y.kind() != kind || len(x.b) != len(y.b) || !c.step(len(x.b)/recordLen) {
		return false
	}
	switch kind {
	case btfgraph.KindStruct, btfgraph.KindUnion:
		return x.size() == y.size() && c.sameMembers(x, y, depth)
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		return x.size() == y.size() && (!c.facts.enumSigns || x.flag() == y.flag()) && sameEnumerators(x, y)
	case btfgraph.KindInt:
		return x.size() == y.size() && x.intData() == y.intData()
	case btfgraph.KindTypedef:
		return c.sameValue(x.t, x.size(), y.t, y.size(), depth)
	case btfgraph.KindFunc:
		if x.vlen() != y.vlen() {
			return false
		}
		if p, q := x.t.typ(x.size()), y.t.typ(y.size()); depth == 0 && p.kind() == btfgraph.KindFuncProto && q.kind() == btfgraph.KindFuncProto {
			return c.sameProto(p, q, 0) // most are of one function, so that nobody asks again
		}
		return c.sameRef(x.t, x.size(), y.t, y.size(), depth)
	case btfgraph.KindVar:
		return word(x.b, recordLen) == word(y.b, recordLen) && c.sameValue(x.t, x.size(), y.t, y.size(), depth)
	case btfgraph.KindDatasec:
		return x.size() == y.size() && sameEntries(x, y)
	}
	return true
}

// place is the offset and width of a member as it is stored in its last word.
func place(w uint32, bitfields bool) uint64 {
	if bitfields {
		return uint64(w&(1<<offsetBits-1)) | uint64(w>>offsetBits)<<32
	}
	return uint64(w)
}

func (c *comparer) sameMembers(x, y typ, depth int) bool {
	fx, fy := x.flag(), y.flag()
	for bx, by := x.body(), y.body(); len(bx) >= memberLen && len(by) >= memberLen; bx, by = bx[memberLen:], by[memberLen:] {
		switch {
		case place(word(bx, 8), fx) != place(word(by, 8), fy),
			!equalNames(x.t, word(bx, 0), y.t, word(by, 0)),
			!c.sameValue(x.t, word(bx, 4), y.t, word(by, 4), depth),
			word(bx, 0) == 0 && !c.sameEmbedded(x.t.typ(word(bx, 4)).bare(), y.t.typ(word(by, 4)).bare(), depth):
			return false
		}
	}
	return true
}

// sameEmbedded compares the types of members without a name, see [table.embedded].
func (c *comparer) sameEmbedded(x, y typ, depth int) bool {
	embeds := isComposite(x.kind()) && !x.anonymous()
	switch {
	case embeds != (isComposite(y.kind()) && !y.anonymous()):
		return false
	case !embeds:
		return true
	case depth > maxChain:
		c.truncated = true
		return true
	}
	pair := [2]uint32{x.number(), y.number()}
	if c.embedded[pair] {
		return true
	}
	if c.embedded == nil {
		c.embedded = make(map[[2]uint32]bool)
	}
	c.embedded[pair] = true
	return c.sameBody(x, y, depth+1)
}

func sameEnumerators(x, y typ) bool {
	size := x.enumeratorLen()
	for bx, by := x.body(), y.body(); len(bx) >= size && len(by) >= size; bx, by = bx[size:], by[size:] {
		if !bytes.Equal(bx[4:size], by[4:size]) || !equalNames(x.t, word(bx, 0), y.t, word(by, 0)) {
			return false
		}
	}
	return true
}

func sameEntries(x, y typ) bool {
	for bx, by := x.body(), y.body(); len(bx) >= secinfoLen && len(by) >= secinfoLen; bx, by = bx[secinfoLen:], by[secinfoLen:] {
		v, w := x.t.typ(word(bx, 0)), y.t.typ(word(by, 0))
		if !bytes.Equal(bx[4:secinfoLen], by[4:secinfoLen]) || (v.b == nil) != (w.b == nil) || v.name() != w.name() {
			return false
		}
	}
	return true
}

// sameProto compares FUNC_PROTOs. Names of parameters count; prototypes that
// pointers refer to have none.
func (c *comparer) sameProto(x, y typ, depth int) bool {
	if len(x.b) != len(y.b) || !c.step(len(x.b)/recordLen) || !c.sameValue(x.t, x.size(), y.t, y.size(), depth) {
		return false
	}
	for bx, by := x.body(), y.body(); len(bx) >= paramLen && len(by) >= paramLen; bx, by = bx[paramLen:], by[paramLen:] {
		if !equalNames(x.t, word(bx, 0), y.t, word(by, 0)) || !c.sameValue(x.t, word(bx, 4), y.t, word(by, 4), depth) {
			return false
		}
	}
	return true
}

// equalNames compares the strings at two offsets.
func equalNames(ta *table, a uint32, tb *table, b uint32) bool {
	if a|b == 0 {
		return true
	}
	i, j := uint64(a-ta.strBase), uint64(b-tb.strBase) // a string of the base wraps around
	if i+8 > uint64(len(ta.strs)) || j+8 > uint64(len(tb.strs)) {
		return sameStrings(ta.tail(a), tb.tail(b))
	}
	v, w := binary.LittleEndian.Uint64(ta.strs[i:i+8:i+8]), binary.LittleEndian.Uint64(tb.strs[j:j+8:j+8])
	if zero := (v - ones) &^ v & highs; zero != 0 { // see sameStrings
		return (v^w)&(zero^(zero-1)) == 0
	}
	return v == w && sameStrings(ta.strs[i+8:], tb.strs[j+8:])
}

// sameStrings compares the bytes up to a NUL.
func sameStrings(a, b []byte) bool {
	for len(a) >= 8 && len(b) >= 8 {
		v, w := binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b)
		if zero := (v - ones) &^ v & highs; zero != 0 { // lowest bit set: high bit of the first NUL
			return (v^w)&(zero^(zero-1)) == 0
		}
		if v != w {
			return false
		}
		a, b = a[8:], b[8:]
	}
	return bytes.Equal(untilNUL(a), untilNUL(b))
}

func untilNUL(b []byte) []byte {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		return b[:n]
	}
	return b
}
