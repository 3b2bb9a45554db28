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
	kindOpaque            // what nothing asks for; no stack address
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
	kind  valueKind
	op    uint8 // of kindUnary, kindBinary
	since Level
	width uint8 // bits that may be set, of scalars
	attr  rootAttr
	depth uint8
	a, b  val
	imm   uint64
	// r1 and r2 are the inputs it depends on, -1 without; p the first param.
	r1, r2 int16
	p      int32
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
)

const (
	maxDepth  = 8
	maxRoots  = 48
	maxValues = 1 << 18
)

// values is the table of values of one analysis.
type values struct {
	list   []value
	index  map[value]val
	params []string // what each param depends on
	keys   map[any]int32
}

func newValues() *values {
	v := &values{index: map[value]val{}, keys: map[any]int32{}}
	v.add(value{kind: kindVague, width: 64, r1: -1, r2: -1, p: -1})
	v.add(value{kind: kindOpaque, width: 64, r1: -1, r2: -1, p: -1})
	return v
}

const opaque val = 1

func (t *values) add(v value) val {
	if i, ok := t.index[v]; ok {
		return i
	}
	if len(t.list) >= maxValues {
		return vague
	}
	i := val(len(t.list))
	t.list = append(t.list, v)
	t.index[v] = i
	return i
}

func (t *values) constant(x uint64, since Level) val {
	return t.add(value{kind: kindConst, imm: x, since: since, width: 64, r1: -1, r2: -1, p: -1})
}

func (t *values) pointer(kind valueKind, b val, imm uint64, since Level) val {
	return t.add(value{kind: kind, b: b, imm: imm, since: since, width: 64, r1: -1, r2: -1, p: -1})
}

func (t *values) root(n int, width uint8, attr rootAttr) val {
	if n >= maxRoots {
		return vague
	}
	return t.add(value{kind: kindRoot, imm: uint64(n), width: width, attr: attr, r1: int16(n), r2: -1, p: -1})
}

// param is the fixed value of that identity.
func (t *values) param(key any, width uint8, depends string) val {
	n, ok := t.keys[key]
	if !ok {
		n = int32(len(t.params))
		t.keys[key] = n
		t.params = append(t.params, depends)
	}
	return t.add(value{kind: kindParam, imm: uint64(n), width: width, r1: -1, r2: -1, p: n})
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

// unary is op(a, c), simplified.
func (t *values) unary(op uint8, a val, c uint64) val {
	n := &t.list[a]
	if n.kind == kindConst {
		x, ok := compute(op, n.imm, c)
		if !ok {
			return vague
		}
		return t.constant(x, n.since)
	}
	if !n.scalar() {
		return vague
	}
	width := uint8(64)
	switch op {
	case opAdd, opOr, opXor, opLsh, opRsh, opArsh:
		if c == 0 {
			return a
		}
		if op == opRsh || op == opArsh && n.width < 64 {
			op, width = opRsh, n.width-min(n.width, uint8(c))
		}
		if op == opRsh && n.kind == kindUnary && n.op == opLsh && n.imm == c {
			return t.unary(opAnd, n.a, math.MaxUint64>>c)
		}
		if op == opArsh && n.kind == kindUnary && n.op == opLsh && n.imm == c {
			return t.unary(opSext, n.a, 64-c)
		}
		if op == opAdd && n.kind == kindUnary && n.op == opAdd {
			return t.unary(opAdd, n.a, n.imm+c)
		}
	case opSub:
		return t.unary(opAdd, a, -c)
	case opAnd:
		if c == 0 {
			return t.constant(0, LevelBase)
		}
		width = min(n.width, uint8(bits.Len64(c)))
		if c+1 == 0 || c&(c+1) == 0 && uint8(bits.Len64(c)) >= n.width {
			return a
		}
	case opSext:
		if uint8(c) > n.width || c == 64 {
			return a
		}
	case opMul:
		if c == 0 {
			return t.constant(0, levelNever)
		}
	}
	if n.depth >= maxDepth {
		return vague
	}
	return t.add(value{
		kind: kindUnary, op: op, a: a, imm: c, width: width, depth: n.depth + 1,
		r1: n.r1, r2: n.r2, p: n.p,
	})
}

// binary is op(a, b), simplified.
func (t *values) binary(op uint8, a, b val) val {
	x, y := t.list[a], t.list[b]
	if !x.scalar() || !y.scalar() {
		return vague
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
		}
		return vague
	}
	if a == b && (op == opSub || op == opXor) {
		return t.constant(0, levelNever)
	}
	// Two inputs at most, one on each side.
	if x.r2 >= 0 || y.r2 >= 0 || x.r1 >= 0 && x.r1 == y.r1 || x.depth >= maxDepth || y.depth >= maxDepth {
		return vague
	}
	n := value{kind: kindBinary, op: op, a: a, b: b, width: 64, depth: max(x.depth, y.depth) + 1, r1: x.r1, r2: y.r1, p: x.p}
	if n.r1 < 0 {
		n.r1, n.r2 = n.r2, -1
	}
	if n.p < 0 {
		n.p = y.p
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
	}
	return 0, false
}

// divide is the division and modulo of the instruction set, on 64 or 32 bits,
// with its definitions for 0 and overflow.
func divide(mod, signed, narrow bool, x, y uint64) uint64 {
	if narrow {
		x, y = uint64(uint32(x)), uint64(uint32(y))
		if signed {
			x, y = uint64(int64(int32(x))), uint64(int64(int32(y)))
		}
	}
	var r uint64
	switch {
	case y == 0 && mod:
		r = x
	case y == 0:
	case signed && y == math.MaxUint64 && mod:
	case signed && y == math.MaxUint64:
		r = -x
	case signed && mod:
		r = uint64(int64(x) % int64(y))
	case signed:
		r = uint64(int64(x) / int64(y))
	case mod:
		r = x % y
	default:
		r = x / y
	}
	if narrow {
		r = uint64(uint32(r))
	}
	return r
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
