package btfdiff

import (
	"encoding/binary"
	"math/bits"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// sum is what a definition comes down to, where several are of one name or have
// none: those of equal sums are taken for the same. It has 128 bits, so that
// none of some 1,200 is hidden by chance. It does not withstand somebody who
// makes types for it. One definition is compared with another by sameDefinition.
type sum struct{ a, b uint64 }

// Odd numbers with bits all over: fractions of the golden ratio and of e.
const (
	mix  = 0x9e3779b97f4a7c15
	seed = 0xb7e151628aed2a6b
)

// start is the sum of nothing, for a kind of thing.
func start(kind uint64) sum { return sum{seed, ^uint64(seed)}.add(kind) }

// add takes a word in: the lower half of a product tells all words apart, and
// the upper half spreads each bit over the other lane.
func (s sum) add(w uint64) sum {
	hi, lo := bits.Mul64(s.a^w, mix)
	return sum{lo ^ s.b, bits.RotateLeft64(s.b, 29) + hi}
}

// with takes another sum in.
func (s sum) with(o sum) sum { return s.add(o.a).add(o.b) }

// sumName is the sum of the string at an offset, and its length.
func (t *table) sumName(off uint32) (sum, int) {
	if i := off - t.strBase; i < uint32(len(t.strs)) {
		return sumBytes(t.strs[i:])
	}
	return sumBytes(t.tail(off))
}

// noName is what names start with.
var noName = start(0)

// ones and highs are the lowest and the highest bit of each byte of a word.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// sumBytes is the sum of the bytes up to a NUL, and how many there are.
func sumBytes(b []byte) (s sum, n int) {
	s = noName
	for i := 0; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if zero := (w - ones) &^ w & highs; zero != 0 { // lowest bit set: high bit of the first NUL
			return s.add(w & (zero ^ (zero - 1))), i + bits.TrailingZeros64(zero)/8
		}
		s = s.add(w)
	}
	w := uint64(0)
	rest := b[len(b)&^7:]
	for n < len(rest) && rest[n] != 0 {
		w |= uint64(rest[n]) << (8 * n)
		n++
	}
	return s.add(w), len(b)&^7 + n
}

// withName takes the string at an offset in.
func (s sum) withName(t *table, off uint32) sum {
	o, _ := t.sumName(off)
	return s.with(o)
}

// memo is what a reference to a type comes down to.
type memo struct {
	sum sum
	// info is the size and class of a value of the type, which a definition of
	// that name decides: typedefs and named structs are summed up by name.
	info info
}

// info is a size in bytes<<8 and a class.
type info uint64

// Classes of values.
const (
	classVoid info = iota
	classUnsigned
	classSigned
	classChar
	classBool
	classPointer
	classComposite
	classEnum
	classFloat
	classFunc
	classArray info = 0x80 // of the class below
)

func (i info) size() uint64 { return uint64(i >> 8) }
func (i info) class() info  { return i & 0xff }

// cycle is the memo of a type that is met again within itself, or too deep.
var cycle = memo{sum: sum{1, 1}}

var voidMemo = memo{sum: start(0)}

// refAt is the memo of a type as others refer to it, like [comparer.sameRef].
func (t *table) refAt(id uint32, depth int) memo {
	for id < t.first {
		if t.base == nil {
			return voidMemo
		}
		t = t.base
	}
	m, known := t.memos[id]
	switch {
	case known:
		return m
	case id-t.first >= t.count:
		return voidMemo
	case depth > maxChain:
		return cycle
	}
	t.memos[id] = cycle
	y := t.typ(id)
	m = memo{sum: y.refSum(depth + 1), info: y.valueInfo()}
	t.memos[id] = m
	return m
}

// refSum computes the sum of a reference.
func (y typ) refSum(depth int) sum {
	kind := y.kind()
	switch kind {
	case btfgraph.KindVoid:
		return start(0)
	case btfgraph.KindInt:
		return start(uint64(kind)).add(uint64(y.size())<<32 | uint64(y.comparedInt()))
	case btfgraph.KindFloat:
		return start(uint64(kind)).add(uint64(y.size()))
	case btfgraph.KindTypeTag:
		if !y.t.facts.typeTags {
			return y.t.refAt(y.size(), depth).sum
		}
		return start(uint64(kind)).withName(y.t, word(y.b, 0)).with(y.t.refAt(y.size(), depth).sum)
	case btfgraph.KindArray:
		return start(uint64(kind)).add(uint64(y.nelems())).with(y.t.refAt(word(y.b, recordLen), depth).sum)
	case btfgraph.KindFuncProto:
		return y.protoSum(depth)
	case btfgraph.KindPtr, btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict:
		return start(uint64(kind)).with(y.t.refAt(y.size(), depth).sum)
	case btfgraph.KindFwd:
		kind = btfgraph.KindStruct
		if y.flag() {
			kind = btfgraph.KindUnion
		}
	case btfgraph.KindEnum64:
		kind = btfgraph.KindEnum
	}
	if y.anonymous() {
		return y.bodySum(depth)
	}
	return start(uint64(kind)).withName(y.t, word(y.b, 0))
}

// comparedInt is what counts of the data of an INT.
func (y typ) comparedInt() uint32 {
	data := y.intData() &^ (uint32(btfgraph.IntChar) << 24) // some encoders set it for char
	switch {
	case y.isChar():
		return charData
	case y.isSignedChar():
		data |= uint32(btfgraph.IntSigned) << 24
	}
	return data
}

// charData stands for a char of either sign.
const charData = 1<<32 - 1

// isChar tells the type char, whose sign is a matter of how the kernel was
// built: Linux 6.2 made it unsigned everywhere (commit 3bc753c06dd0, -funsigned-char).
// That is a change of the type char, not one of everything that holds characters.
func (y typ) isChar() bool {
	return y.size() == 1 && y.intData()&0xff == 8 && y.name() == "char"
}

// isSignedChar tells the type signed char, which old encoders give no sign.
func (y typ) isSignedChar() bool {
	return y.size() == 1 && y.intData()&0xff == 8 && y.name() == "signed char"
}

// valueInfo is the size and class of a value. See libbpf btf.c, btf__resolve_size.
func (y typ) valueInfo() info {
	nelems, class := uint64(1), info(0)
	size := uint64(0)
	for range maxChain + 1 {
		kind := y.kind()
		if isModifier(kind) || kind == btfgraph.KindTypedef {
			y = y.ref()
			continue
		}
		if kind == btfgraph.KindArray {
			class = classArray
			hi, lo := bits.Mul64(nelems, uint64(y.nelems()))
			if nelems = lo; hi != 0 || lo > 1<<40 {
				nelems = 1 << 40
			}
			y = y.ref()
			continue
		}
		var c info
		c, size = y.scalar(kind)
		class |= c
		break
	}
	hi, lo := bits.Mul64(nelems, size)
	if hi != 0 || lo > 1<<56-1 {
		lo = 1<<56 - 1
	}
	return info(lo)<<8 | class
}

// scalar is the class and size of a type that refers to no other for them.
func (y typ) scalar(kind btfgraph.Kind) (info, uint64) {
	switch kind {
	case btfgraph.KindInt:
		switch e := btfgraph.IntEncoding(y.intData() >> 24); {
		case y.isChar():
			return classChar, 1
		case e&btfgraph.IntBool != 0:
			return classBool, uint64(y.size())
		case e&btfgraph.IntSigned != 0, y.isSignedChar():
			return classSigned, uint64(y.size())
		}
		return classUnsigned, uint64(y.size())
	case btfgraph.KindPtr:
		return classPointer, 8
	case btfgraph.KindStruct, btfgraph.KindUnion:
		return classComposite, uint64(y.size())
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		return classEnum, uint64(y.size())
	case btfgraph.KindFloat:
		return classFloat, uint64(y.size())
	case btfgraph.KindFuncProto, btfgraph.KindFunc:
		return classFunc, 0
	}
	return classVoid, 0
}

// defSum is the sum of a definition, with its DECL_TAGs.
func (y typ) defSum() sum {
	s := y.bodySum(0)
	if !y.t.hasTags(y.id) {
		return s
	}
	for _, g := range y.t.tagsOf(y.id) {
		name, _ := sumBytes([]byte(g.name))
		s = s.add(uint64(uint32(g.component))).with(name)
	}
	return s
}

// bodySum is the sum of what a type consists of, without its name.
func (y typ) bodySum(depth int) sum {
	t, kind := y.t, y.kind()
	s := start(uint64(kind))
	switch kind {
	case btfgraph.KindStruct, btfgraph.KindUnion:
		s = s.add(uint64(y.size()))
		shift := uint32(32)
		if y.flag() {
			shift = offsetBits
		}
		for b := y.body(); len(b) >= memberLen; b = b[memberLen:] {
			m := t.refAt(word(b, 4), depth)
			off := uint64(word(b, 8))
			off = off&(1<<shift-1) | off>>shift<<32
			s = s.withName(t, word(b, 0)).with(m.sum).add(uint64(m.info)).add(off)
			if word(b, 0) == 0 {
				s = s.with(t.embedded(word(b, 4), depth))
			}
		}
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		s = s.add(uint64(y.size()))
		if t.facts.enumSigns && y.flag() {
			s = s.add(1)
		}
		size := y.enumeratorLen()
		for b := y.body(); len(b) >= size; b = b[size:] {
			v := uint64(word(b, 4)) // not sign-extended: old encoders do not tell the sign
			if size == enum64Len {
				v |= uint64(word(b, 8)) << 32
			}
			s = s.withName(t, word(b, 0)).add(v)
		}
	case btfgraph.KindInt:
		s = s.add(uint64(y.size())<<32 | uint64(y.intData()))
	case btfgraph.KindTypedef:
		m := t.refAt(y.size(), depth)
		s = s.with(m.sum).add(uint64(m.info))
	case btfgraph.KindFunc:
		s = s.add(uint64(y.vlen())).with(t.refAt(y.size(), depth).sum)
	case btfgraph.KindVar:
		m := t.refAt(y.size(), depth)
		s = s.with(m.sum).add(uint64(m.info)).add(uint64(word(y.b, recordLen)))
	case btfgraph.KindDatasec:
		s = s.add(uint64(y.size()))
		for b := y.body(); len(b) >= secinfoLen; b = b[secinfoLen:] {
			s = s.with(start(0).add(uint64(word(b, 4))<<32 | uint64(word(b, 8)))).with(t.entryName(word(b, 0)))
		}
	}
	return s
}

// embedded is the sum of a named struct or union that a member without a name
// has (-fms-extensions, since Linux 6.19): its members are members of the struct
// around it, for C and for CO-RE.
func (t *table) embedded(id uint32, depth int) sum {
	y := t.typ(id).bare()
	if !isComposite(y.kind()) || y.anonymous() {
		return sum{}
	}
	s, known := y.t.embeds[y.id]
	switch {
	case known:
		return s
	case depth > maxChain:
		return cycle.sum
	}
	if y.t.embeds == nil {
		y.t.embeds = make(map[uint32]sum)
	}
	y.t.embeds[y.id] = cycle.sum
	s = y.bodySum(depth + 1)
	y.t.embeds[y.id] = s
	return s
}

// entryName is the sum of the name of a VAR or FUNC in a section.
func (t *table) entryName(id uint32) sum {
	y := t.typ(id)
	if y.b == nil {
		return start(0)
	}
	s, _ := y.t.sumName(word(y.b, 0))
	return s
}

// protoSum is the sum of a FUNC_PROTO. Names of parameters count; prototypes that
// pointers refer to have none.
func (y typ) protoSum(depth int) sum {
	t := y.t
	m := t.refAt(y.size(), depth)
	s := start(uint64(btfgraph.KindFuncProto)).with(m.sum).add(uint64(m.info))
	for b := y.body(); len(b) >= paramLen; b = b[paramLen:] {
		m := t.refAt(word(b, 4), depth)
		s = s.with(m.sum).withName(t, word(b, 0)).add(uint64(m.info))
	}
	return s
}
