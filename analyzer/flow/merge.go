package flow

// merger merges two states of one place into one that stands for both: what it
// says is possible on a path is possible on both paths.
type merger struct {
	*engine
	a, b   *state
	pairs  map[[2]uint64]int // inputs of a and b that become one
	ofA    [maxRoots]int8    // +1: the input of b that this input of a was paired with
	ofB    [maxRoots]int8
	sets   []int32
	coarse bool // give up what differs
}

// merge merges b into a. coarse makes merging converge fast.
func (e *engine) merge(a, b *state, coarse bool) *state {
	m := &merger{engine: e, a: a, b: b, pairs: map[[2]uint64]int{}, coarse: coarse}
	s := &state{}
	s.frame = m.frame(a.frame, b.frame)
	s.stack = m.stack(a.stack, b.stack)
	for _, r := range [...]int{6, 7, 8, 9, 0, 1, 2, 3, 4, 5} {
		s.regs[r] = m.val(a.regs[r], b.regs[r])
	}
	s.sets = m.sets
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
		return m.root(x, y)
	case x.kind == kindUnary && y.kind == kindUnary && x.op == y.op && x.imm == y.imm:
		op, imm := x.op, x.imm
		if v := m.val(x.a, y.a); v != vague {
			return m.vals.unary(op, v, imm)
		}
	case x.kind == kindOpaque || y.kind == kindOpaque:
		// Nothing asks for the value: it only must not be a stack address.
		if m.noStack(x.kind) && m.noStack(y.kind) {
			return opaque
		}
	}
	return vague
}

func (m *merger) noStack(k valueKind) bool { return k != kindVague && k != kindStack }

// root pairs two inputs. An input of one state that would be two in the other
// state is not one that can be chosen freely.
func (m *merger) root(x, y *value) val {
	key := [2]uint64{x.imm, y.imm}
	attr := x.attr
	if attr != y.attr {
		attr = attrAny
	}
	width := max(x.width, y.width)
	n, ok := m.pairs[key]
	if !ok {
		if m.ofA[x.imm] != 0 || m.ofB[y.imm] != 0 || len(m.sets) >= maxRoots {
			return vague
		}
		s := m.engine.sets.list[m.a.sets[x.imm]].intersect(m.engine.sets.list[m.b.sets[y.imm]])
		if m.coarse && m.a.sets[x.imm] != m.b.sets[y.imm] {
			s = set{}
		}
		if s.empty() {
			return vague
		}
		n = len(m.sets)
		m.pairs[key] = n
		m.ofA[x.imm], m.ofB[y.imm] = 1, 1
		m.sets = append(m.sets, m.engine.sets.add(s))
	}
	return m.vals.root(n, width, attr)
}

// stack merges what two stacks hold. Pieces that do not match are vague, all
// that overlap as one.
func (m *merger) stack(a, b []piece) []piece {
	out := make([]piece, 0, max(len(a), len(b))+2)
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
