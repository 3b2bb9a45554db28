package flow

import "math"

// solve narrows the sets of a state's inputs so that the condition holds for
// all that remains of them, if there is such a choice. It finds some choice,
// not every one, which is all that is needed to be sure that the verifier,
// which looks at every possible input, goes this way.
func (p *path) solve(s *state, c condition) bool {
	a, b := c.a, c.b
	if c.narrow {
		a, b = p.vals.narrow32(a), p.vals.narrow32(b)
	}
	if x, _, ok := p.vals.isConst(b); ok {
		return p.solveIn(s, a, allowed(c.op, c.narrow, x))
	}
	// Choose a number for the second value, then solve for the first.
	n := &p.vals.list[b]
	if n.r1 < 0 || n.r2 >= 0 || p.mentionsInput(a, n.r1) {
		return false
	}
	return p.choose(s, n.r1, func(in *[maxRoots]uint64) bool {
		x, ok := p.vals.eval(b, in)
		return ok && p.solveIn(s, a, allowed(c.op, c.narrow, x))
	})
}

func (p *path) mentionsInput(v val, r int16) bool {
	n := &p.vals.list[v]
	return n.r1 == r || n.r2 == r
}

// choose tries some numbers for an input until f succeeds, and fixes the input
// to that number.
func (p *path) choose(s *state, r int16, f func(*[maxRoots]uint64) bool) bool {
	from := p.sets.list[s.sets[r]]
	if from.empty() {
		return false
	}
	big := from.p[0]
	for _, q := range from.pieces() {
		if q.hi-q.lo > big.hi-big.lo {
			big = q
		}
	}
	var in [maxRoots]uint64
	old := s.sets[r]
	for _, x := range [...]uint64{big.lo + (big.hi-big.lo)/2, big.hi, big.lo, from.p[0].lo, from.p[from.n-1].hi} {
		in[r] = x
		s.sets[r] = p.sets.add(single(x))
		if f(&in) {
			return true
		}
		s.sets[r] = old
	}
	return false
}

// solveIn narrows inputs so that the value is in the set.
func (p *path) solveIn(s *state, v val, want set) bool {
	top, target := v, want
	for {
		if want.empty() {
			break
		}
		n := &p.vals.list[v]
		switch n.kind {
		case kindConst:
			return want.has(n.imm)
		case kindRoot:
			now := p.sets.list[s.sets[n.imm]].intersect(want)
			if now.empty() {
				return p.sample(s, top, target)
			}
			s.sets[n.imm] = p.sets.add(now)
			return true
		case kindUnary:
			want = before(n.op, n.imm, want)
			v = n.a
			continue
		case kindBinary:
			if n.r2 < 0 {
				return false
			}
			return p.solveBinary(s, n, want)
		}
		return false
	}
	return p.sample(s, top, target)
}

// solveBinary solves op(a, b) by choosing b.
func (p *path) solveBinary(s *state, n *value, want set) bool {
	r := p.vals.list[n.b].r1
	if r < 0 || p.vals.list[n.b].r2 >= 0 || p.mentionsInput(n.a, r) {
		return false
	}
	op, a, b := n.op, n.a, n.b
	return p.choose(s, r, func(in *[maxRoots]uint64) bool {
		y, ok := p.vals.eval(b, in)
		return ok && p.solveIn(s, a, before(op, y, want))
	})
}

// sample tries numbers of a value's only input.
func (p *path) sample(s *state, v val, want set) bool {
	n := &p.vals.list[v]
	if n.r1 < 0 || n.r2 >= 0 || n.p >= 0 {
		return false
	}
	var buf [256]uint64
	var in [maxRoots]uint64
	from := p.sets.list[s.sets[n.r1]]
	good := buf[:0:0]
	for _, x := range from.samples(buf[:0]) {
		in[n.r1] = x
		if y, ok := p.vals.eval(v, &in); ok && want.has(y) {
			good = append(good, x)
		}
	}
	if len(good) == 0 {
		return false
	}
	s.sets[n.r1] = p.sets.add(points(good))
	return true
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
