package flow

import (
	"math"
	"math/bits"
)

// val is the number of a value in its table. Equal values have equal numbers.
type val int32

// vague is the value of which nothing is known. It may be anything that the
// verifier knows, a stack address included.
const vague val = 0

// valueKind says what a value is.
type valueKind uint8

const (
	kindVague   valueKind = iota
	kindOpaque            // what nothing is sure of here, or nothing asks for; no stack address
	kindConst             // the number imm, known to verifiers from level since on
	kindNonZero           // a number that the verifier knows; here only: not 0
	kindRoot              // input number imm, of so many bits: see rootAttr
	kindParam             // params[imm]: a number that the verifier knows and that is fixed
	kindUnary             // op(a, imm)
	kindBinary            // op(a, b)
	kindStack             // address in the stack of frame b at r10+imm
	kindMapVal            // address in a data section: places[b] plus imm
	kindFunc              // address of function imm
	kindPtr               // another address that is not null, known so from level since on
)

// rootAttr says more of an input.
type rootAttr uint8

const (
	attrAny      rootAttr = iota
	attrScalar            // a number, or an address or null
	attrMapValue          // the address of a map's value, or null
)

// value is what an instruction computes. Values form expressions of small depth.
type value struct {
	imm   uint64
	roots uint64 // set of the inputs it depends on
	a, b  val
	p     int32 // a param it depends on, -1 without
	kind  valueKind
	op    uint8 // of kindUnary, kindBinary
	since Level
	width uint8 // bits that may be set, of scalars
	low   uint8 // low bits that are 0, of scalars
	attr  rootAttr
	depth uint8
}

// Operations of expressions, all on 64 bits. The first are those of the
// instruction set, shifted.
const (
	opAdd, opSub, opMul, opDiv = 0x0, 0x1, 0x2, 0x3
	opOr, opAnd, opLsh, opRsh  = 0x4, 0x5, 0x6, 0x7
	opNeg, opMod, opXor, opMov = 0x8, 0x9, 0xa, 0xb
	opArsh, opEnd              = 0xc, 0xd
	opSext                     = 0x10 // imm: bits
	opRsub                     = 0x11 // imm - a
	opLshOf                    = 0x12 // imm << a, for a below 32
	opSwap                     = 0x13 // the low imm bytes reversed
)

const (
	maxDepth = 20
	maxRoots = 48
	// minValues is how many values a table may hold at least.
	minValues = 1 << 18
)

// values is the table of values of one analysis.
type values struct {
	list   []value
	index  hashTable
	params []string // what each param depends on
	keys   map[any]int32
	limit  int // values; beyond, everything is vague
}

func newValues() values { return values{list: make([]value, 0, 64), index: newHashTable(128)} }

// reset empties the table for a program with so many slots.
func (t *values) reset(slots int) {
	t.list, t.params, t.limit = t.list[:0], nil, minValues+8*slots
	t.index.reset()
	clear(t.keys)
	t.add(value{kind: kindVague, width: 64, p: -1})
	t.add(value{kind: kindOpaque, width: 64, p: -1})
}

const opaque val = 1

func (t *values) add(v value) val {
	h := uint64(v.kind) | uint64(v.op)<<8 | uint64(v.since)<<16 | uint64(v.width)<<24 | uint64(v.attr)<<32
	h = mix(mix(h, v.imm), uint64(uint32(v.a))|uint64(uint32(v.b))<<32)
	for i := t.index.probe(uint32(h)); t.index.slots[i].at != 0; i = t.index.next(i) {
		if s := t.index.slots[i]; s.hash == uint32(h) && t.list[s.at-1] == v {
			return val(s.at - 1)
		}
	}
	if len(t.list) >= t.limit {
		return vague
	}
	i := val(len(t.list))
	t.list = append(t.list, v)
	t.index.insert(uint32(h), int32(i))
	return i
}

func (t *values) constant(x uint64, since Level) val {
	return t.add(value{kind: kindConst, imm: x, since: since, width: 64, p: -1})
}

func (t *values) pointer(kind valueKind, b val, imm uint64, since Level) val {
	return t.add(value{kind: kind, b: b, imm: imm, since: since, width: 64, p: -1})
}

func (t *values) root(n int, width uint8, attr rootAttr) val {
	if n >= maxRoots {
		return opaque
	}
	return t.add(value{kind: kindRoot, imm: uint64(n), width: width, attr: attr, roots: 1 << n, p: -1})
}

// param is the fixed value of that identity.
func (t *values) param(key any, width uint8, depends string) val {
	n, ok := t.keys[key]
	if !ok {
		n = int32(len(t.params))
		if t.keys == nil {
			t.keys = map[any]int32{}
		}
		t.keys[key] = n
		t.params = append(t.params, depends)
	}
	return t.add(value{kind: kindParam, imm: uint64(n), width: width, p: n})
}

// isConst returns the number of a constant.
func (t *values) isConst(v val) (uint64, Level, bool) {
	n := &t.list[v]
	return n.imm, n.since, n.kind == kindConst
}

// scalar tells that a value is a number made of inputs, params and constants.
func (n *value) scalar() bool {
	return n.kind == kindConst || n.kind >= kindRoot && n.kind <= kindBinary
}

// number tells that a value is a scalar, or one that nothing is sure of.
func (n *value) number() bool { return n.kind == kindOpaque || n.scalar() }

// lost is the result of an operation that is not followed: what comes of
// numbers is no address in a stack.
func (t *values) lost(a, b val) val {
	if t.list[a].number() && t.list[b].number() {
		return opaque
	}
	return vague
}

// unary is op(a, c), simplified.
func (t *values) unary(op uint8, a val, c uint64) val {
	n := &t.list[a]
	if n.kind == kindConst {
		x, ok := compute(op, n.imm, c)
		if !ok {
			return opaque
		}
		return t.constant(x, n.since)
	}
	if !n.scalar() || n.depth >= maxDepth {
		return t.lost(a, a)
	}
	if v, ok := t.half(op, n, c); ok {
		return v
	}
	u := value{kind: kindUnary, op: op, a: a, imm: c, width: 64, depth: n.depth + 1, roots: n.roots, p: n.p}
	switch op {
	case opSub:
		return t.unary(opAdd, a, -c)
	case opAdd:
		if n.kind == kindUnary && n.op == opAdd {
			u.a, u.imm, u.depth = n.a, n.imm+c, n.depth
		}
		if u.imm == 0 {
			return u.a
		}
	case opOr, opXor:
		if c == 0 {
			return a
		}
		u.width = max(n.width, uint8(bits.Len64(c)))
	case opAnd:
		if c == 0 {
			return t.constant(0, LevelBase)
		}
		u.width = min(n.width, uint8(bits.Len64(c)))
		u.low = max(n.low, uint8(bits.TrailingZeros64(c)))
		if c&(c+1) == 0 && uint8(bits.Len64(c)) >= n.width {
			return a
		}
	case opLsh, opRsh, opArsh:
		return t.shift(u, n)
	case opSext:
		if uint8(c) > n.width || c == 64 {
			return a
		}
	case opMul:
		if c == 0 {
			return t.constant(0, levelNever)
		}
	case opSwap:
		if n.p >= 0 {
			return opaque
		}
		u.width = uint8(8 * c)
	}
	return t.add(u)
}

// half is op(v, c) of a number that is put together from two that share no bits,
// where the result depends on one of them; false if it does not.
func (t *values) half(op uint8, n *value, c uint64) (val, bool) {
	if n.kind != kindBinary || n.op != opOr {
		return vague, false
	}
	high, low := n.a, n.b
	if t.list[high].low < t.list[low].width {
		high, low = low, high
	}
	zeros, width := uint64(t.list[high].low), uint64(t.list[low].width)
	switch {
	case zeros < width:
	case (op == opRsh || op == opArsh) && c >= width:
		return t.unary(op, high, c), true
	case op == opAnd && uint64(bits.Len64(c)) <= zeros, op == opSext && c <= zeros:
		return t.unary(op, low, c), true
	}
	return vague, false
}

// shift is the shift u of the value n by a constant, simplified.
func (t *values) shift(u value, n *value) val {
	c := u.imm
	switch {
	case c == 0:
		return u.a
	case c > 63:
		return opaque
	case u.op == opLsh:
		u.width, u.low = min(64, n.width+uint8(c)), min(63, n.low+uint8(c))
	case u.op == opRsh && n.kind == kindUnary && n.op == opLsh && n.imm == c:
		return t.unary(opAnd, n.a, math.MaxUint64>>c)
	case u.op == opArsh && n.kind == kindUnary && n.op == opLsh && n.imm == c:
		return t.unary(opSext, n.a, 64-c)
	case u.op == opRsh || n.width < 64:
		u.op, u.width = opRsh, n.width-min(n.width, uint8(c))
	}
	return t.add(u)
}

// binary is op(a, b), simplified.
func (t *values) binary(op uint8, a, b val) val {
	x, y := t.list[a], t.list[b]
	if !x.scalar() || !y.scalar() {
		return t.lost(a, b)
	}
	if y.kind == kindConst {
		return t.weaken(t.unary(op, a, y.imm), y.since)
	}
	if x.kind == kindConst {
		switch op {
		case opAdd, opMul, opOr, opAnd, opXor:
			return t.weaken(t.unary(op, b, x.imm), x.since)
		case opSub:
			return t.weaken(t.unary(opRsub, b, x.imm), x.since)
		case opLsh:
			return t.weaken(t.unary(opLshOf, b, x.imm), x.since)
		}
		return opaque
	}
	if a == b && (op == opSub || op == opXor) {
		return t.constant(0, levelNever)
	}
	// The inputs of both sides are different ones, so that one side can be
	// chosen without the other.
	depth := max(x.depth, y.depth) + 1
	if x.roots&y.roots != 0 || depth > maxDepth || x.roots|y.roots == 0 && depth > 4 || op > opXor {
		return opaque
	}
	n := value{kind: kindBinary, op: op, a: a, b: b, width: 64, depth: depth, roots: x.roots | y.roots, p: max(x.p, y.p)}
	switch op {
	case opOr, opXor:
		n.width, n.low = max(x.width, y.width), min(x.low, y.low)
	case opAnd:
		n.width = min(x.width, y.width)
	}
	return t.add(n)
}

// weaken gives a constant a level at least as high.
func (t *values) weaken(v val, since Level) val {
	if x, old, ok := t.isConst(v); ok && since > old {
		return t.constant(x, since)
	}
	return v
}

// compute is op on two numbers; false for what the kernel refuses.
func compute(op uint8, x, y uint64) (uint64, bool) {
	switch op {
	case opAdd:
		return x + y, true
	case opSub:
		return x - y, true
	case opRsub:
		return y - x, true
	case opMul:
		return x * y, true
	case opOr:
		return x | y, true
	case opAnd:
		return x & y, true
	case opXor:
		return x ^ y, true
	case opLsh:
		return x << (y & 63), y < 64
	case opRsh:
		return x >> (y & 63), y < 64
	case opArsh:
		return uint64(int64(x) >> (y & 63)), y < 64
	case opSext:
		return uint64(int64(x<<(64-y)) >> (64 - y)), y > 0 && y <= 64
	case opLshOf:
		return y << (x & 31), x < 32
	case opSwap:
		return reverse(x, int(y)), y <= 8
	}
	return 0, false
}

// eval computes a value for given inputs.
func (t *values) eval(v val, in *[maxRoots]uint64) (uint64, bool) {
	n := &t.list[v]
	switch n.kind {
	case kindConst:
		return n.imm, true
	case kindRoot:
		return in[n.imm], true
	case kindUnary, kindBinary:
		x, ok := t.eval(n.a, in)
		y := n.imm
		if ok && n.kind == kindBinary {
			y, ok = t.eval(n.b, in)
		}
		if !ok {
			return 0, false
		}
		return compute(n.op, x, y)
	}
	return 0, false
}

// narrow32 is the low half of a value, zero-extended.
func (t *values) narrow32(v val) val {
	n := &t.list[v]
	if n.kind == kindConst {
		return t.constant(uint64(uint32(n.imm)), n.since)
	}
	return t.unary(opAnd, v, math.MaxUint32)
}
