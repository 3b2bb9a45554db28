package flow

import (
	"math/bits"
)

// merger merges two states of one place into one that stands for both: what it
// says is possible on a path is possible on both paths.
type merger struct {
	*engine
	a, b   *state
	ofA    [maxRoots]int8 // by input of a: one more than the input that it becomes
	ofB    [maxRoots]int8
	to     *state
	coarse bool // give up what differs
}

// merge merges b into a. coarse makes merging converge fast.
func (e *engine) merge(a, b *state, coarse bool) *state {
	s := e.pool.get()
	m := merger{engine: e, a: a, b: b, to: s, coarse: coarse}
	s.frame = m.frame(a.frame, b.frame)
	s.stack = m.stack(a.stack, b.stack)
	for _, r := range [...]int{6, 7, 8, 9, 0, 1, 2, 3, 4, 5} {
		s.regs[r] = m.val(a.regs[r], b.regs[r])
	}
	for _, f := range a.facts {
		for _, g := range b.facts {
			if f == g && e.vals.list[f.v].roots == 0 {
				s.facts = append(s.facts, f)
			}
		}
	}
	return s
}

func (m *merger) val(a, b val) val {
	x, y := &m.vals.list[a], &m.vals.list[b]
	switch {
	case x.kind == kindVague || y.kind == kindVague:
		return vague
	case a == b && x.roots == 0:
		return a
	case x.kind == kindConst && y.kind == kindConst && x.imm == y.imm:
		return m.vals.constant(x.imm, max(x.since, y.since))
	case x.kind == kindRoot && y.kind == kindRoot:
		if v := m.root(x, y); v != vague {
			return v
		}
	case x.kind == kindUnary && y.kind == kindUnary && x.op == y.op && x.imm == y.imm:
		op, imm := x.op, x.imm
		if v := m.val(x.a, y.a); v != vague {
			return m.vals.unary(op, v, imm)
		}
	case x.kind == kindBinary && y.kind == kindBinary && x.op == y.op:
		op, second := x.op, [2]val{x.b, y.b}
		if v := m.val(x.a, y.a); v != vague {
			return m.vals.binary(op, v, m.val(second[0], second[1]))
		}
	}
	if x.unsure() && y.unsure() {
		return opaque
	}
	return vague
}

// unsure tells that opaque may stand for the value: it is no address in a
// stack, of a function or of data that the verifier may know.
func (n *value) unsure() bool {
	return n.kind == kindPtr || n.kind == kindNonZero || n.kind == kindParam || n.number()
}

// root pairs two inputs. An input of one state that would be two in the other
// state is not one that can be chosen freely.
func (m *merger) root(x, y *value) val {
	attr := x.attr
	if attr != y.attr {
		attr = attrAny
	}
	width := max(x.width, y.width)
	n := int(m.ofA[x.imm]) - 1
	if m.ofA[x.imm] != m.ofB[y.imm] {
		return vague
	}
	if n < 0 {
		if len(m.to.sets) >= maxRoots {
			return vague
		}
		s := m.sets.list[m.a.sets[x.imm]].intersect(m.sets.list[m.b.sets[y.imm]])
		if m.coarse && m.a.sets[x.imm] != m.b.sets[y.imm] {
			s = set{}
		}
		if !s.exceeds(0) {
			return vague
		}
		m.to.sets = append(m.to.sets, m.sets.add(s))
		n = len(m.to.sets) - 1
		m.ofA[x.imm], m.ofB[y.imm] = int8(n+1), int8(n+1)
	}
	return m.vals.root(n, width, attr)
}

// stack merges what two stacks hold. Pieces that do not match are vague, all
// that overlap as one.
func (m *merger) stack(a, b []piece) []piece {
	out := m.pieces.slice(len(a) + len(b))
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0].off == b[0].off && a[0].size == b[0].size:
			out = append(out, piece{a[0].off, a[0].size, m.val(a[0].v, b[0].v)})
			a, b = a[1:], b[1:]
			continue
		case len(b) == 0 || len(a) > 0 && a[0].off <= b[0].off:
			out = append(out, piece{a[0].off, a[0].size, vague})
			a = a[1:]
		default:
			out = append(out, piece{b[0].off, b[0].size, vague})
			b = b[1:]
		}
		last := &out[len(out)-1]
		for n := -1; n != len(a)+len(b); {
			n = len(a) + len(b)
			a, b = last.cover(a), last.cover(b)
		}
	}
	if len(out) > maxPiecesPerStack {
		return vagueStack()
	}
	return out
}

// cover extends a piece over those at the head of a list that start in it, and
// returns the others.
func (p *piece) cover(list []piece) []piece {
	for len(list) > 0 && list[0].off < p.off+p.size {
		p.size = max(p.size, list[0].off+list[0].size-p.off)
		list = list[1:]
	}
	return list
}

// frame merges two chains of frames of one context.
func (m *merger) frame(a, b int32) int32 {
	var as, bs [maxFrames + 1]int32
	n := 0
	for ; a > 0 && b > 0 && n < len(as); n++ {
		as[n], bs[n] = a, b
		a, b = m.frames.list[a].parent, m.frames.list[b].parent
	}
	parent := int32(0)
	for n--; n >= 0; n-- {
		f, g := m.frames.list[as[n]], m.frames.list[bs[n]]
		f.parent = parent
		f.stack = m.stack(f.stack, g.stack)
		for i := range f.saved {
			f.saved[i] = m.val(f.saved[i], g.saved[i])
		}
		parent = m.addFrame(f)
	}
	return parent
}

// normalize drops what does not matter at the slot and numbers the inputs by
// first appearance, so that states that differ in nothing else are equal.
func (e *engine) normalize(x *fn, slot int, s *state) {
	live, stack := &e.relevant(x)[slot], &x.live.stack[slot]
	for r := range s.regs {
		bit := uint16(1) << r
		switch {
		case (live.value|live.pointer)&bit == 0:
			s.regs[r] = vague
		case live.value&bit == 0:
			s.regs[r] = e.pointerOnly(s.regs[r], stack.regs&bit != 0)
		}
	}
	e.dropStack(live, stack.words, s)
	e.dropInputs(s)
	e.renumber(s)
}

// pointerOnly keeps of a value what an address needs. stack tells that it may
// be an address in a stack.
func (e *engine) pointerOnly(v val, stack bool) val {
	switch e.vals.list[v].kind {
	case kindStack, kindFunc:
		return v
	case kindVague:
		if stack {
			return v
		}
	}
	return opaque
}

// dropStack drops what bytes hold that do not matter. addrs are the words that
// may hold an address in a stack.
func (e *engine) dropStack(live *relevance, addrs uint64, s *state) {
	if live.stackValue == ^uint64(0) {
		return
	}
	matters := live.stackValue | live.stackPointer
	var out []piece // set with the first change
	for i, p := range s.stack {
		w := words(int(p.off), int(p.size))
		keep, dead := p, matters&w == 0
		if live.stackValue&w == 0 {
			keep.v = e.pointerOnly(p.v, addrs&w != 0)
			dead = dead || keep.v == opaque // as good as nothing
		}
		cutDown := p.v == vague && p.size > 8
		if out == nil && (dead || cutDown || keep != p) {
			out = append(e.pieces.slice(len(s.stack)+2), s.stack[:i]...)
		}
		switch {
		case out == nil || dead:
		case cutDown:
			out = appendWords(out, p, matters&w)
		default:
			out = append(out, keep)
		}
	}
	if out != nil {
		s.stack = out
	}
}

// appendWords appends the words of a vague piece that are in the set, runs of
// words as one piece.
func appendWords(out []piece, p piece, set uint64) []piece {
	end := int(p.off) + int(p.size)
	for off := int(p.off); off < end; {
		w := (-off - 1) / 8
		next := min(-w*8, end) // end of this word
		if set&(1<<w) != 0 {
			if k := len(out) - 1; k >= 0 && out[k].v == vague && int(out[k].off+out[k].size) == off && out[k].off >= p.off {
				out[k].size += int16(next - off)
			} else {
				out = append(out, piece{int16(off), int16(next - off), vague})
			}
		}
		off = next
	}
	return out
}

// dropInputs makes values opaque that mention an input of which nothing is
// sure, and forgets bytes that hold an input of which nothing is known, which
// is what bytes hold that no piece tells of.
func (e *engine) dropInputs(s *state) {
	if len(s.sets) == 0 {
		return
	}
	var unsure, free uint64 // inputs of which nothing is sure, nothing is known
	for i, n := range s.sets {
		if n == emptySet {
			unsure |= 1 << i
		} else if p := &e.sets.list[n]; p.n == 1 && p.missing == 0 && p.p[0].lo == 0 && p.p[0].hi&(p.p[0].hi+1) == 0 {
			free |= 1 << i
		}
	}
	once, twice := uint64(0), uint64(1)<<e.frames.list[s.frame].roots-1 // mentioned so often
	for r, v := range s.regs {
		n := &e.vals.list[v]
		if n.gone(unsure) {
			s.regs[r] = opaque
			continue
		}
		twice |= once & n.roots
		once |= n.roots
	}
	change := false
	for _, p := range s.stack {
		n := &e.vals.list[p.v]
		change = change || n.gone(unsure)
		twice |= once & n.roots
		once |= n.roots
	}
	if free &= once &^ twice; free == 0 && !change {
		return
	}
	out := e.pieces.slice(len(s.stack))
	for _, p := range s.stack {
		n := &e.vals.list[p.v]
		switch {
		case n.gone(unsure):
			p.v = opaque
		case n.kind == kindRoot && n.roots&free != 0 && n.attr == attrScalar && int(n.width) == 8*int(p.size) &&
			e.sets.list[s.sets[n.imm]] == below(uint(n.width)):
			continue
		}
		out = append(out, p)
	}
	s.stack = out
}

// gone reports whether opaque is as good as the value if nothing is sure of a
// set of inputs: unless a part of it depends on others.
func (n *value) gone(unsure uint64) bool {
	return n.roots&unsure != 0 && n.p < 0 && (n.kind != kindBinary || n.op != opOr || n.roots&^unsure == 0)
}

// renumber numbers inputs by first appearance, after those of the frames.
func (e *engine) renumber(s *state) {
	if len(s.sets) == 0 {
		return
	}
	var names [maxRoots]int8
	var used uint64
	next := e.frames.list[s.frame].roots
	for i := range next {
		names[i] = int8(i)
		used |= 1 << i
	}
	same := true
	visit := func(v val) {
		for m := e.vals.list[v].roots &^ used; m != 0; m &= m - 1 {
			r := bits.TrailingZeros64(m)
			names[r] = int8(next)
			same = same && r == next
			used |= 1 << r
			next++
		}
	}
	for _, p := range s.stack {
		visit(p.v)
	}
	for _, r := range [...]int{6, 7, 8, 9, 0, 1, 2, 3, 4, 5} {
		visit(s.regs[r])
	}
	if same {
		s.sets = s.sets[:min(next, len(s.sets))]
		return
	}
	var old [maxRoots]int32
	n := copy(old[:], s.sets)
	for len(s.sets) < next {
		s.sets = append(s.sets, emptySet)
	}
	s.sets = s.sets[:next]
	for r := range n {
		if used&(1<<r) != 0 {
			s.sets[names[r]] = old[r]
		}
	}
	stack := e.pieces.slice(len(s.stack))
	for _, p := range s.stack {
		p.v = e.rename(p.v, &names)
		stack = append(stack, p)
	}
	s.stack = stack
	for r := range s.regs {
		s.regs[r] = e.rename(s.regs[r], &names)
	}
}

// rename replaces the inputs of a value.
func (e *engine) rename(v val, names *[maxRoots]int8) val {
	n := e.vals.list[v]
	if n.roots == 0 {
		return v
	}
	switch n.kind {
	case kindRoot:
		return e.vals.root(int(names[n.imm]), n.width, n.attr)
	case kindUnary:
		n.a = e.rename(n.a, names)
	case kindBinary:
		n.a, n.b = e.rename(n.a, names), e.rename(n.b, names)
	}
	var roots uint64
	for m := n.roots; m != 0; m &= m - 1 {
		roots |= 1 << names[bits.TrailingZeros64(m)]
	}
	n.roots = roots
	return e.vals.add(n)
}
