package flow

import (
	"math"
	"math/bits"
)

// solveSteps bounds the search for one condition.
const solveSteps = 64

// solve narrows the sets of a state's inputs so that the condition holds for
// all that remains of them, if there is such a choice. It finds some choice,
// not every one, which is all that is needed to be sure that the verifier,
// which looks at every possible input, goes this way.
func (p *path) solve(s *state, c condition) bool {
	a, b := c.a, c.b
	if c.narrow {
		a, b = p.vals.narrow32(a), p.vals.narrow32(b)
	}
	x := solver{path: p, s: s, steps: solveSteps}
	if y, _, ok := p.vals.isConst(b); ok {
		return x.in(a, allowed(c.op, c.narrow, y))
	}
	if p.vals.list[a].roots&p.vals.list[b].roots != 0 {
		return false
	}
	return x.fixing(b, func(y uint64) bool { return x.in(a, allowed(c.op, c.narrow, y)) }) ||
		x.fixing(a, func(y uint64) bool { return x.in(b, allowed(swapped[c.op>>4], c.narrow, y)) })
}

// solver searches inputs for one condition.
type solver struct {
	*path
	s     *state
	steps int
}

// fixing tries some numbers for all inputs of a value until f succeeds with the
// value's number, and fixes the inputs to these numbers.
func (x *solver) fixing(v val, f func(uint64) bool) bool {
	var old [maxRoots]int32
	copy(old[:], x.s.sets)
	for k := range 3 {
		var in [maxRoots]uint64
		for m := x.vals.list[v].roots; m != 0; m &= m - 1 {
			r := bits.TrailingZeros64(m)
			from := x.sets.list[x.s.sets[r]]
			if from.empty() || from.missing > 0 {
				return false
			}
			in[r] = from.pick(k)
			x.s.sets[r] = x.sets.add(single(in[r]))
		}
		if y, ok := x.vals.eval(v, &in); ok && f(y) {
			return true
		}
		copy(x.s.sets, old[:])
	}
	return false
}

// pick is a number of the set: the middle of its largest piece, the highest,
// the lowest.
func (s *set) pick(k int) uint64 {
	switch k {
	case 1:
		return s.p[s.n-1].hi
	case 2:
		return s.p[0].lo
	}
	big := s.p[0]
	for _, q := range s.pieces() {
		if q.hi-q.lo > big.hi-big.lo {
			big = q
		}
	}
	return big.lo + (big.hi-big.lo)/2
}

// in narrows inputs so that the value is in the set.
func (x *solver) in(v val, want set) bool {
	if x.steps--; x.steps < 0 || want.empty() {
		return false
	}
	n := x.vals.list[v]
	switch n.kind {
	case kindConst:
		return want.has(n.imm)
	case kindRoot:
		now := x.sets.list[x.s.sets[n.imm]].intersect(want)
		if !now.exceeds(0) {
			return false
		}
		x.s.sets[n.imm] = x.sets.add(now)
		return true
	case kindUnary:
		return x.in(n.a, before(n.op, n.imm, want)) || x.sample(v, want)
	case kindBinary:
		return x.split(&n, want) ||
			x.fixing(n.b, func(y uint64) bool { return x.in(n.a, before(n.op, y, want)) }) ||
			x.fixing(n.a, func(y uint64) bool { return x.in(n.b, beforeSecond(n.op, y, want)) })
	}
	return false
}

// split solves for a value whose two sides do not share bits, as in a number
// that is put together from bytes: each side gets its bits of a number.
func (x *solver) split(n *value, want set) bool {
	if n.op != opOr && n.op != opAdd && n.op != opXor {
		return false
	}
	a, b := n.a, n.b
	if x.vals.list[a].low < x.vals.list[b].width {
		a, b = b, a
	}
	if x.vals.list[a].low < x.vals.list[b].width {
		return false
	}
	mask := uint64(1)<<x.vals.list[b].width - 1
	var old [maxRoots]int32
	copy(old[:], x.s.sets)
	for k := range 3 {
		y := want.pick(k)
		if x.in(a, single(y&^mask)) && x.in(b, single(y&mask)) {
			return true
		}
		copy(x.s.sets, old[:])
	}
	return false
}

// sample tries numbers of a value's only input.
func (x *solver) sample(v val, want set) bool {
	n := &x.vals.list[v]
	if bits.OnesCount64(n.roots) != 1 || n.p >= 0 {
		return false
	}
	r := bits.TrailingZeros64(n.roots)
	var buf [256]uint64
	var in [maxRoots]uint64
	from := x.sets.list[x.s.sets[r]]
	good := buf[:0:0]
	for _, c := range from.samples(buf[:0]) {
		in[r] = c
		if y, ok := x.vals.eval(v, &in); ok && want.has(y) {
			good = append(good, c)
		}
	}
	to := points(good)
	if to.missing = from.missing; !to.exceeds(0) {
		return false
	}
	x.s.sets[r] = x.sets.add(to)
	return true
}

// beforeSecond is a set of numbers y with op(c, y) in want.
func beforeSecond(op uint8, c uint64, want set) set {
	switch op {
	case opSub:
		return want.mirror(c)
	case opAdd, opMul, opOr, opAnd, opXor:
		return before(op, c, want)
	}
	return set{}
}

// before is a set of numbers x with op(x, c) in want: not always every one.
func before(op uint8, c uint64, want set) set {
	switch op {
	case opAdd:
		return want.shift(-c)
	case opSub:
		return want.shift(c)
	case opRsub:
		return want.mirror(c)
	case opAnd:
		return beforeAnd(c, want)
	case opLsh, opRsh, opArsh:
		if c > 63 {
			return set{}
		}
		return beforeShift(op, c, want)
	case opSext:
		half := uint64(1) << (c - 1)
		low := want.intersect(span(0, half-1))
		high := want.intersect(span(-half, math.MaxUint64)).shift(2 * half)
		return low.union(high)
	case opXor:
		if c == math.MaxUint64 {
			return want.mirror(c)
		}
		return beforePoints(want, func(y uint64) (uint64, bool) { return y ^ c, true })
	case opSwap:
		return beforePoints(want.intersect(below(uint(8*c))), func(y uint64) (uint64, bool) { return reverse(y, int(c)), true })
	case opLshOf:
		return beforePoints(span(0, 31), func(y uint64) (uint64, bool) { return y, want.has(c << y) })
	case opOr:
		return beforePoints(want, func(y uint64) (uint64, bool) { return y &^ c, y&c == c })
	case opMul:
		return beforePoints(want, func(y uint64) (uint64, bool) { return y / max(c, 1), c != 0 && y%max(c, 1) == 0 })
	}
	return set{}
}

// beforePoints applies the inverse of an operation to some of the numbers.
func beforePoints(want set, inverse func(uint64) (uint64, bool)) set {
	var buf [256]uint64
	var good []uint64
	for _, y := range want.samples(buf[:0]) {
		if x, ok := inverse(y); ok {
			good = append(good, x)
		}
	}
	return points(good)
}

// beforeAnd chooses numbers whose bits outside of the mask are 0.
func beforeAnd(mask uint64, want set) set {
	if mask&(mask+1) == 0 {
		return want.intersect(span(0, mask))
	}
	var buf [300]uint64
	list := append(want.samples(buf[:0]), 0, mask, mask&-mask, mask&^(mask>>1))
	var good []uint64
	for _, y := range list {
		if y&mask == y && want.has(y) {
			good = append(good, y)
		}
	}
	return points(good)
}

// beforeShift inverts shifts: exactly, but for the bits that a left shift drops.
func beforeShift(op uint8, c uint64, want set) set {
	var list []interval
	for _, q := range want.pieces() {
		switch op {
		case opLsh:
			lo := q.lo >> c
			if lo<<c != q.lo {
				lo++
			}
			if hi := q.hi >> c; lo <= hi {
				list = append(list, interval{lo, hi})
			}
		case opRsh:
			if lo, hi := q.lo, min(q.hi, math.MaxUint64>>c); lo <= hi {
				list = append(list, interval{lo << c, hi<<c | (1<<c - 1)})
			}
		default:
			for _, half := range [...]interval{{0, math.MaxInt64 >> c}, {-(uint64(1) << (63 - c)), math.MaxUint64}} {
				if lo, hi := max(q.lo, half.lo), min(q.hi, half.hi); lo <= hi {
					list = append(list, interval{lo << c, hi<<c | (1<<c - 1)})
				}
			}
		}
	}
	return setOf(list)
}

// after is a set of numbers op(x, c) for x in a set: not always every one.
func after(op uint8, c uint64, from set) set {
	to := set{}
	switch {
	case from.empty():
	case op == opAdd:
		to = from.shift(c)
	case op == opRsub || op == opXor && c == math.MaxUint64:
		to = from.mirror(c)
	case op == opAnd && c&(c+1) == 0:
		to = afterMask(c, from)
	case op == opSext && c < 64:
		half := uint64(1) << (c - 1)
		low := afterMask(2*half-1, from)
		to = low.intersect(span(0, half-1)).union(low.intersect(span(half, 2*half-1)).shift(-(2 * half)))
	case op == opRsh && c < 64:
		var buf [maxPieces]interval
		list := buf[:0]
		for _, q := range from.pieces() {
			list = append(list, interval{q.lo >> c, q.hi >> c})
		}
		to = setOf(list)
	default:
		var buf [256]uint64
		var list []uint64
		for _, x := range from.samples(buf[:0]) {
			if y, ok := compute(op, x, c); ok {
				list = append(list, y)
			}
		}
		to = points(list)
	}
	to.missing = from.missing
	return to
}

// afterMask is the set of the numbers with their bits outside of a mask of low
// bits dropped.
func afterMask(mask uint64, from set) set {
	var buf [2 * maxPieces]interval
	list := buf[:0]
	for _, q := range from.pieces() {
		lo, hi := q.lo&mask, q.hi&mask
		switch {
		case q.hi-q.lo >= mask:
			return span(0, mask)
		case lo <= hi:
			list = append(list, interval{lo, hi})
		default:
			list = append(list, interval{0, hi}, interval{lo, mask})
		}
	}
	return setOf(list)
}
