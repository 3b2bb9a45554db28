package flow

import (
	"math"
	"math/bits"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// condition is a comparison of two values.
type condition struct {
	op     uint8 // jumpJEQ and so on
	narrow bool  // of the low halves
	a, b   val
	reg    int // register that holds a, -1 if none does
}

// negated is the comparison that holds when this one does not; JSET has none.
var negated = [16]uint8{
	jumpJEQ >> 4: jumpJNE, jumpJNE >> 4: jumpJEQ,
	jumpJGT >> 4: jumpJLE, jumpJLE >> 4: jumpJGT,
	jumpJGE >> 4: jumpJLT, jumpJLT >> 4: jumpJGE,
	jumpJSGT >> 4: jumpJSLE, jumpJSLE >> 4: jumpJSGT,
	jumpJSGE >> 4: jumpJSLT, jumpJSLT >> 4: jumpJSGE,
}

// swapped is the comparison with its operands exchanged.
var swapped = [16]uint8{
	jumpJEQ >> 4: jumpJEQ, jumpJNE >> 4: jumpJNE,
	jumpJGT >> 4: jumpJLT, jumpJLT >> 4: jumpJGT,
	jumpJGE >> 4: jumpJLE, jumpJLE >> 4: jumpJGE,
	jumpJSGT >> 4: jumpJSLT, jumpJSLT >> 4: jumpJSGT,
	jumpJSGE >> 4: jumpJSLE, jumpJSLE >> 4: jumpJSGE,
}

// unsigned is the comparison of numbers with the sign bit turned.
var unsigned = [16]uint8{
	jumpJSGT >> 4: jumpJGT, jumpJSGE >> 4: jumpJGE, jumpJSLT >> 4: jumpJLT, jumpJSLE >> 4: jumpJLE,
}

// holds compares two numbers.
func holds(op uint8, narrow bool, x, y uint64) bool {
	if narrow {
		x, y = uint64(uint32(x)), uint64(uint32(y))
	}
	sx, sy := int64(x), int64(y)
	if narrow {
		sx, sy = int64(int32(x)), int64(int32(y))
	}
	switch op {
	case jumpJEQ:
		return x == y
	case jumpJNE:
		return x != y
	case jumpJGT:
		return x > y
	case jumpJGE:
		return x >= y
	case jumpJLT:
		return x < y
	case jumpJLE:
		return x <= y
	case jumpJSGT:
		return sx > sy
	case jumpJSGE:
		return sx >= sy
	case jumpJSLT:
		return sx < sy
	case jumpJSLE:
		return sx <= sy
	}
	return x&y != 0
}

// allowed is the set of numbers x for which "x op c" holds; of 32-bit numbers
// if narrow.
func allowed(op uint8, narrow bool, c uint64) set {
	high, sign := uint64(math.MaxUint64), uint64(1)<<63
	if narrow {
		c, high, sign = uint64(uint32(c)), math.MaxUint32, 1<<31
	}
	in := fullSet
	if narrow {
		in = span(0, high)
	}
	switch op {
	case jumpJEQ:
		return single(c)
	case jumpJNE:
		return span(c+1, c-1).intersect(in)
	case jumpJGT, jumpJLE:
		if op == jumpJLE {
			return span(0, c)
		}
		if c == high {
			return set{}
		}
		return span(c+1, high)
	case jumpJGE:
		return span(c, high)
	case jumpJLT:
		if c == 0 {
			return set{}
		}
		return span(0, c-1)
	}
	// Signed order is unsigned order of numbers with the sign bit turned.
	s := allowed(unsigned[op>>4], narrow, c^sign)
	var buf [2 * maxPieces]interval
	list := buf[:0]
	for _, p := range s.pieces() {
		for _, half := range [...]interval{{0, sign - 1}, {sign, high}} {
			if lo, hi := max(p.lo, half.lo), min(p.hi, half.hi); lo <= hi {
				list = append(list, interval{lo ^ sign, hi ^ sign})
			}
		}
	}
	return setOf(list)
}

// outcome is what is known of one way of a branch.
type outcome uint8

const (
	impossible outcome = iota // the verifier does not go this way
	possible                  // it may
	certain                   // it does
)

// branch ends the node with a conditional jump.
func (p *path) branch(i int, insn bpfobj.Insn, patch Patch) {
	c := condition{
		op: insn.Op & opMask, narrow: insn.Op&classMask == classJMP32,
		a: p.reg(insn.Dst), b: p.operand(i, insn, patch), reg: int(insn.Dst),
	}
	if c.op == jumpJSET {
		c.a, c.b, c.op, c.reg = p.shiftable(opAnd, c.a, c.b, 64), p.vals.constant(0, LevelBase), jumpJNE, -1
	}
	if p.vals.list[c.a].kind == kindConst && p.vals.list[c.b].kind != kindConst {
		c.a, c.b, c.op, c.reg = c.b, c.a, swapped[c.op>>4], -1
	}
	other := p.pool.clone(p.s)
	jump := p.assume(p.s, c)
	c.op = negated[c.op>>4]
	next := p.assume(other, c)
	n := &p.nodes[p.n]
	n.decided = jump == impossible || next == impossible
	if jump == possible || next == possible {
		n.depends = p.dependsOn(c.a, c.b)
	}
	p.goOnIf(i+1+int(insn.Off), p.s, jump)
	p.goOnIf(i+1, other, next)
}

// goOnIf enters another slot of the function with an outcome.
func (p *path) goOnIf(slot int, s *state, o outcome) {
	if o == impossible {
		p.pool.put(s)
		return
	}
	p.goOn(slot, s, o == certain)
}

// dependsOn is a param that one of the values mentions, -1 without.
func (p *path) dependsOn(a, b val) int32 {
	return max(p.vals.list[a].p, p.vals.list[b].p)
}

// assume tells whether the verifier goes on where the condition holds, and
// changes the state to what it knows there.
func (p *path) assume(s *state, c condition) outcome {
	a, b := &p.vals.list[c.a], &p.vals.list[c.b]
	switch {
	case a.kind == kindConst && b.kind == kindConst:
		return p.decide(s, c, holds(c.op, c.narrow, a.imm, b.imm), max(a.since, b.since))
	case (a.isPointer() || a.kind == kindNonZero) && b.kind == kindConst:
		return p.assumePointer(s, c, a, b)
	case c.a == c.b && a.scalar():
		return p.decide(s, c, holds(c.op, c.narrow, 1, 1), levelNever)
	case (a.p >= 0 || b.p >= 0) && a.scalar() && b.scalar():
		if a.roots|b.roots != 0 {
			return p.assumeMixed(s, c)
		}
		return p.assumeParam(s, c, a, b)
	case !a.scalar() || !b.scalar():
		p.doubt(s, c)
		return possible
	}
	return p.assumeInput(s, c, a)
}

// decide is the outcome of a condition whose value is known from a level on.
// A verifier that does not know it explores both ways.
func (p *path) decide(s *state, c condition, holds bool, since Level) outcome {
	switch {
	case holds:
		return certain
	case p.knows(since):
		return impossible
	}
	by := vague
	if p.vals.list[c.a].number() {
		by = opaque
	}
	p.replace(s, c.a, by)
	if p.vals.list[c.b].kind != kindConst {
		p.replace(s, c.b, by)
	}
	return possible
}

// assumePointer compares an address with a number. Verifiers know of some
// addresses that they are not null (verifier.c, is_branch_taken).
func (p *path) assumePointer(s *state, c condition, a, b *value) outcome {
	if b.imm != 0 || c.narrow || c.op != jumpJEQ && c.op != jumpJNE || !p.knows(b.since) {
		return possible
	}
	since := a.since
	if a.kind == kindMapVal || a.kind == kindNonZero {
		since = LevelBase
	}
	return p.decide(s, c, c.op == jumpJNE, since)
}

// doubt takes back what the state says of the inputs of a condition: on a way
// that the verifier may not take nothing is sure of them.
func (p *path) doubt(s *state, c condition) {
	for _, v := range [...]val{c.a, c.b} {
		for m := p.vals.list[v].roots; m != 0; m &= m - 1 {
			s.sets[bits.TrailingZeros64(m)] = emptySet
		}
	}
}

// assumeInput compares values that depend on inputs only.
func (p *path) assumeInput(s *state, c condition, a *value) outcome {
	var sets [maxRoots]int32
	copy(sets[:], s.sets)
	if !p.solve(s, c) {
		copy(s.sets, sets[:])
		p.doubt(s, c)
		return possible
	}
	x, known, ok := p.vals.isConst(c.b)
	if !ok || c.op != jumpJEQ || c.narrow && a.width > 32 {
		return certain
	}
	// The verifier marks the register that is compared as known. What else
	// holds the same number it may know or not.
	if c.narrow {
		x = uint64(uint32(x))
	}
	if c.narrow || a.kind != kindRoot || a.attr == attrAny {
		known = levelNever
	}
	p.replace(s, c.a, p.vals.constant(x, levelNever))
	if c.reg >= 0 && c.reg < frameReg {
		s.regs[c.reg] = p.vals.constant(x, known)
	}
	return certain
}

// replace replaces a value wherever the state holds it.
func (p *path) replace(s *state, old, by val) {
	for r := range s.regs {
		if s.regs[r] == old {
			s.regs[r] = by
		}
	}
	for i := range s.stack {
		if s.stack[i].v == old {
			s.stack = append(p.pieces.slice(len(s.stack)), s.stack...)
			for ; i < len(s.stack); i++ {
				if s.stack[i].v == old {
					s.stack[i].v = by
				}
			}
			return
		}
	}
}
