package flow

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// piece is what some bytes of a stack hold. Bytes without a piece hold what
// the verifier knows nothing of.
type piece struct {
	off  int16 // from r10
	size int16 // bytes
	v    val
}

// stackBytes is the size of a stack frame.
const stackBytes = 512

// fact is what a path knows of a fixed value: a set that holds it.
type fact struct {
	v   val
	set int32
}

// frame is a caller's frame: what a called function leaves alone. Frames are
// values in a table; 0 is no frame.
type frame struct {
	context int32 // chain of call sites
	parent  int32
	depth   int
	fn      *fn
	ret     int // slot to go on at
	saved   [4]val
	stack   []piece
	roots   int // inputs that this frame and its parents mention
}

// state is what one path knows at a place.
type state struct {
	regs  [10]val
	stack []piece // of the current frame, ascending, disjoint
	frame int32   // the caller's frame
	// sets are, by input, what values are sure to be possible on this path,
	// whatever the other inputs are. An empty set: nothing is sure.
	sets  []int32
	facts []fact
}

func (s *state) clone() *state {
	c := *s
	c.stack = slices.Clone(s.stack)
	c.sets = slices.Clone(s.sets)
	c.facts = slices.Clone(s.facts)
	return &c
}

// sets of an analysis, by number.
type setTable struct {
	list  []set
	index map[set]int32
}

const (
	emptySet = 0
	fullSet0 = 1
)

func newSetTable() *setTable {
	t := &setTable{index: map[set]int32{}}
	t.add(set{})
	t.add(fullSet)
	return t
}

func (t *setTable) add(s set) int32 {
	s.losing = false
	if i, ok := t.index[s]; ok {
		return i
	}
	i := int32(len(t.list))
	t.list = append(t.list, s)
	t.index[s] = i
	return i
}

// frames of an analysis, by number.
type frameTable struct {
	list     []frame
	index    map[string]int32
	contexts map[[3]int32]int32
}

func newFrameTable() *frameTable {
	return &frameTable{list: make([]frame, 1), index: map[string]int32{}, contexts: map[[3]int32]int32{}}
}

func (t *frameTable) add(f frame) int32 {
	key := make([]byte, 0, 64)
	key = binary.AppendVarint(key, int64(f.context))
	key = binary.AppendVarint(key, int64(f.parent))
	for _, v := range f.saved {
		key = binary.AppendVarint(key, int64(v))
	}
	key = appendStack(key, f.stack)
	if i, ok := t.index[string(key)]; ok {
		return i
	}
	i := int32(len(t.list))
	t.list = append(t.list, f)
	t.index[string(key)] = i
	return i
}

// context is the chain of call sites that the frame's callee runs in.
func (t *frameTable) context(parent int32, x *fn, insn int) int32 {
	key := [3]int32{t.list[parent].context, int32(x.index), int32(insn)}
	if i, ok := t.contexts[key]; ok {
		return i
	}
	i := int32(len(t.contexts) + 1)
	t.contexts[key] = i
	return i
}

func appendStack(key []byte, stack []piece) []byte {
	key = binary.AppendUvarint(key, uint64(len(stack)))
	for _, p := range stack {
		key = binary.AppendVarint(key, int64(p.off))
		key = binary.AppendUvarint(key, uint64(p.size))
		key = binary.AppendUvarint(key, uint64(p.v))
	}
	return key
}

// appendTo encodes everything that tells states of one place apart.
func (s *state) appendTo(key []byte) []byte {
	for _, v := range s.regs {
		key = binary.AppendUvarint(key, uint64(v))
	}
	key = binary.AppendUvarint(key, uint64(s.frame))
	key = appendStack(key, s.stack)
	key = binary.AppendUvarint(key, uint64(len(s.sets)))
	for _, n := range s.sets {
		key = binary.AppendUvarint(key, uint64(n))
	}
	for _, f := range s.facts {
		key = binary.AppendUvarint(key, uint64(f.v))
		key = binary.AppendUvarint(key, uint64(f.set))
	}
	return key
}

// forget makes what bytes [off, off+size) hold vague.
func forget(stack []piece, off, size int) []piece {
	return put(stack, piece{int16(off), int16(size), vague})
}

// release makes bytes hold something that the verifier knows nothing of.
func release(stack []piece, off, size int) []piece {
	return cut(stack, off, size, func(piece) (val, bool) { return vague, false })
}

// put stores a piece. It leaves its argument as it is: frames share stacks.
func put(stack []piece, p piece) []piece {
	stack = release(stack, int(p.off), int(p.size))
	i, _ := slices.BinarySearchFunc(stack, p.off, func(q piece, off int16) int { return int(q.off) - int(off) })
	return slices.Insert(slices.Clip(stack), i, p)
}

// cut replaces what pieces hold within [off, off+size) by f's value, or by
// nothing. Of a piece that is cut apart the rest is vague, unless it is 0.
func cut(stack []piece, off, size int, f func(piece) (val, bool)) []piece {
	end := off + size
	touched := false
	for _, p := range stack {
		touched = touched || int(p.off) < end && int(p.off+p.size) > off
	}
	if !touched {
		return stack
	}
	out := make([]piece, 0, len(stack)+2)
	for _, p := range stack {
		lo, hi := int(p.off), int(p.off+p.size)
		if lo >= end || hi <= off {
			out = append(out, p)
			continue
		}
		if lo < off {
			out = append(out, piece{p.off, int16(off - lo), vague})
		}
		if v, keep := f(p); keep {
			if lo < off || hi > end {
				v = vague
			}
			from, to := max(lo, off), min(hi, end)
			out = append(out, piece{int16(from), int16(to - from), v})
		}
		if hi > end {
			out = append(out, piece{int16(end), int16(hi - end), vague})
		}
	}
	return out
}

// maxPiecesPerStack bounds a stack; beyond, everything in it is vague.
const maxPiecesPerStack = 96

// vagueStack is a stack of which nothing is known.
func vagueStack() []piece { return []piece{{-stackBytes, stackBytes, vague}} }

// normalize drops what does not matter at the slot and numbers the inputs by
// first appearance, so that states that differ in nothing else are equal.
func (e *engine) normalize(x *fn, slot int, s *state) {
	live := &x.live.in[slot]
	for r := range s.regs {
		bit := uint16(1) << r
		switch {
		case (live.value|live.pointer)&bit == 0:
			s.regs[r] = vague
		case live.value&bit == 0:
			s.regs[r] = e.pointerOnly(s.regs[r])
		}
	}
	e.dropStack(live, s)
	e.renumber(s)
}

// pointerOnly keeps of a value what an address needs.
func (e *engine) pointerOnly(v val) val {
	switch e.vals.list[v].kind {
	case kindVague, kindStack, kindFunc:
		return v
	}
	return opaque
}

func (e *engine) dropStack(live *relevance, s *state) {
	if live.stackValue == ^uint64(0) {
		return
	}
	matters := live.stackValue | live.stackPointer
	var out []piece // set with the first change
	for i, p := range s.stack {
		w := words(int(p.off), int(p.size))
		keep := p
		if live.stackValue&w == 0 {
			keep.v = e.pointerOnly(p.v)
		}
		changed := matters&w == 0 || p.v == vague && p.size > 8 || keep != p
		if changed && out == nil {
			out = append(make([]piece, 0, len(s.stack)+2), s.stack[:i]...)
		}
		switch {
		case out == nil || matters&w == 0:
		case p.v == vague && p.size > 8:
			out = appendWords(out, p, matters&w) // cut down to the words that matter
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

// renumber numbers inputs by first appearance, after those of the frames.
func (e *engine) renumber(s *state) {
	var names [maxRoots]int8
	var used uint64
	for i := range names {
		names[i] = -1
	}
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
	for r := 6; r < 10; r++ {
		visit(s.regs[r])
	}
	for r := range 6 {
		visit(s.regs[r])
	}
	if !same {
		sets := make([]int32, next)
		for old := range s.sets {
			if used&(1<<old) != 0 {
				sets[names[old]] = s.sets[old]
			}
		}
		s.sets = sets
		s.stack = slices.Clone(s.stack)
		for i := range s.stack {
			s.stack[i].v = e.rename(s.stack[i].v, &names)
		}
		for r := range s.regs {
			s.regs[r] = e.rename(s.regs[r], &names)
		}
		return
	}
	s.sets = s.sets[:min(next, len(s.sets))]
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

// rootsOf is one more than the highest input that values mention.
func (e *engine) rootsOf(list ...val) int {
	top := 0
	for _, v := range list {
		top = max(top, bits.Len64(e.vals.list[v].roots))
	}
	return top
}

// addFrame numbers a frame.
func (e *engine) addFrame(f frame) int32 {
	f.roots = max(e.frames.list[f.parent].roots, e.rootsOf(f.saved[:]...))
	for _, p := range f.stack {
		f.roots = max(f.roots, e.rootsOf(p.v))
	}
	return e.frames.add(f)
}
