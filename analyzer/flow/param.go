package flow

import (
	"math"
	"slices"
)

// assumeMixed compares a value that depends on inputs with one that is fixed and
// not known here, or a value that depends on both with a number. The verifier
// surely goes this way if there is such an input for every number that the fixed
// one may be.
func (p *path) assumeMixed(s *state, c condition) outcome {
	if c.narrow {
		a, b := p.vals.narrow32(c.a), p.vals.narrow32(c.b)
		if !p.vals.list[a].scalar() || !p.vals.list[b].scalar() {
			p.doubt(s, c)
			return possible
		}
		c.a, c.b = a, b
	}
	if p.vals.list[c.a].roots == 0 {
		c.a, c.b, c.op = c.b, c.a, swapped[c.op>>4]
	}
	if y, _, ok := p.vals.isConst(c.b); ok {
		sure := p.mayBe(s, c, y)
		p.doubt(s, c)
		return outcomeOf(sure)
	}
	if p.vals.list[c.a].p >= 0 || p.vals.list[c.b].roots != 0 {
		p.doubt(s, c)
		return possible
	}
	fixed := p.rangeOf(s, c.b)
	switch c.op {
	case jumpJEQ:
		from := p.image(s, c.a)
		p.doubt(s, c)
		return outcomeOf(from.missing == 0 && from.holds(&fixed))
	case jumpJNE:
		from := p.image(s, c.a)
		if !from.exceeds(1) {
			p.doubt(s, c)
			return possible
		}
		p.leaveOut(s, c.a)
		return certain
	}
	// What holds for the number that is hardest to beat holds for all.
	c.b = p.vals.constant(hardest(c.op, c.narrow, &fixed), levelNever)
	return p.assumeInput(s, c, &p.vals.list[c.a])
}

// outcomeOf is the outcome of a way that the verifier surely goes, or may go.
func outcomeOf(sure bool) outcome {
	if sure {
		return certain
	}
	return possible
}

// mayBe reports whether for all fixed values that c.a depends on inputs make it
// a number for which the condition holds with y.
func (p *path) mayBe(s *state, c condition, y uint64) bool {
	good := p.image(s, c.a).intersect(allowed(c.op, c.narrow, y))
	if good.exceeds(0) {
		return true
	}
	n := p.vals.list[c.a]
	if n.kind != kindBinary || n.op != opAnd || c.op != jumpJNE || y != 0 {
		return false
	}
	// A mask that is not 0 and inputs that can have all its bits.
	a, mask := n.a, n.b
	if p.vals.list[a].roots == 0 {
		a, mask = mask, a
	}
	if p.vals.list[mask].roots != 0 || p.vals.list[a].p >= 0 {
		return false
	}
	masks := p.rangeOf(s, mask)
	all := p.image(s, a).intersect(single(math.MaxUint64 >> (64 - p.vals.list[mask].width)))
	return !masks.has(0) && all.exceeds(0)
}

// hardest is the number of a set for which the fewest numbers satisfy the
// condition: the highest one for "greater", the lowest one for "less".
func hardest(op uint8, narrow bool, in *set) uint64 {
	sign := uint64(0)
	if o := unsigned[op>>4]; o != 0 {
		op, sign = o, 1<<63
		if narrow {
			sign = 1 << 31
		}
	}
	greater := op == jumpJGT || op == jumpJGE
	best := uint64(math.MaxUint64)
	if greater {
		best = 0
	}
	for _, q := range in.pieces() {
		for _, half := range [...]interval{{0, sign - 1}, {sign, math.MaxUint64}} {
			lo, hi := max(q.lo, half.lo), min(q.hi, half.hi)
			switch {
			case lo > hi:
			case greater:
				best = max(best, hi^sign)
			default:
				best = min(best, lo^sign)
			}
		}
	}
	return best ^ sign
}

// leaveOut takes a number that is not known out of what a value may be.
func (p *path) leaveOut(s *state, v val) {
	n := p.vals.list[v]
	for n.kind == kindUnary && (n.op == opAdd || n.op == opXor || n.op == opRsub || n.op == opSext && n.imm >= uint64(p.vals.list[n.a].width)) {
		n = p.vals.list[n.a]
	}
	if n.kind == kindRoot {
		if in := p.sets.list[s.sets[n.imm]]; in.missing < maxMissing {
			in.missing++
			s.sets[n.imm] = p.sets.add(in)
			return
		}
	}
	p.doubt(s, condition{a: v, b: v})
}

// image is a set of numbers that a value may be: whatever the fixed values are,
// there are inputs for which it is that number. Not all such numbers are in it.
func (p *path) image(s *state, v val) set {
	n := p.vals.list[v]
	switch n.kind {
	case kindConst:
		return single(n.imm)
	case kindRoot:
		return p.sets.list[s.sets[n.imm]]
	case kindUnary:
		return after(n.op, n.imm, p.image(s, n.a))
	case kindBinary:
		return p.imageOfTwo(s, &n)
	}
	return set{}
}

// imageOfTwo is the image of a binary operation, whose operands depend on
// different inputs.
func (p *path) imageOfTwo(s *state, n *value) set {
	var sides [2]set
	for i, v := range [...]val{n.a, n.b} {
		if p.vals.list[v].roots != 0 {
			sides[i] = p.image(s, v)
		}
	}
	for i, v := range [...]val{n.b, n.a} {
		side, other := &sides[i], &p.vals.list[v]
		switch n.op {
		case opAnd:
			if side.missing == 0 && side.has(0) {
				return single(0)
			}
		case opAdd, opSub:
			// Whatever is added to any number, the sum may be any number.
			if side.missing == 0 && side.holds(&fullSet) {
				return fullSet
			}
		case opXor:
			if all := below(uint(other.width)); side.missing == 0 && side.holds(&all) {
				return all
			}
		}
	}
	if shifted := p.vals.list[n.a]; shifted.kind == kindUnary && shifted.op == opLsh {
		// A number put together from two that may be any of so many bits.
		high, low := p.image(s, shifted.a), below(uint(shifted.imm))
		all := below(64 - uint(shifted.imm))
		if high.missing+sides[1].missing == 0 && p.vals.list[n.b].width <= uint8(shifted.imm) && high.holds(&all) && sides[1].holds(&low) {
			return fullSet
		}
	}
	if n.op > opXor || sides[0].missing+sides[1].missing > 0 {
		return set{}
	}
	var bufs [2][256]uint64
	list := make([]uint64, 0, 16)
	for _, x := range firstOf(sides[0].samples(bufs[0][:0])) {
		for _, y := range firstOf(sides[1].samples(bufs[1][:0])) {
			if z, ok := compute(n.op, x, y); ok {
				list = append(list, z)
			}
		}
	}
	return points(list)
}

// firstOf are up to four numbers of a list.
func firstOf(list []uint64) []uint64 { return list[:min(len(list), 4)] }

// assumeParam compares a fixed value that is not known here.
func (p *path) assumeParam(s *state, c condition, a, b *value) outcome {
	if b.kind != kindConst || !p.knows(b.since) {
		return possible
	}
	if c.narrow && a.width > 32 {
		x := b.imm
		if c.a = p.vals.narrow32(c.a); !p.vals.list[c.a].scalar() {
			return possible
		}
		b = &value{imm: x} // the list may have moved
	}
	old := p.rangeOf(s, c.a)
	now := old.intersect(allowed(c.op, c.narrow, b.imm))
	if now.losing {
		return possible
	}
	if now.empty() {
		return impossible
	}
	p.learn(s, c.a, now)
	if now == old {
		return certain
	}
	if x, ok := now.only(); ok {
		p.replace(s, c.a, p.vals.constant(x, LevelBase))
	}
	return possible
}

// maxFacts bounds what a path knows of fixed values.
const maxFacts = 12

// learn records that a fixed value is in a set.
func (p *path) learn(s *state, v val, in set) {
	i, found := slices.BinarySearchFunc(s.facts, v, func(f fact, v val) int { return int(f.v) - int(v) })
	if !found {
		if len(s.facts) >= maxFacts {
			return
		}
		s.facts = slices.Insert(s.facts, i, fact{v: v})
	}
	s.facts[i].set = p.sets.add(in)
}

// rangeOf is what the path knows of a fixed value: a set that holds it.
func (p *path) rangeOf(s *state, v val) set {
	for _, f := range s.facts {
		if f.v == v {
			return p.sets.list[f.set]
		}
	}
	n := &p.vals.list[v]
	if n.kind == kindUnary && n.op == opSext {
		if in := after(opSext, n.imm, p.rangeOf(s, n.a)); !in.losing {
			return in
		}
	}
	return below(uint(n.width))
}
