package flow

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// loadStack reads size bytes at r10+off of the frame. It may give the bytes a
// piece, so that the same input is read again.
func (p *path) loadStack(frame int32, off, size int) val {
	stack := p.stackOf(frame)
	zero, touched := true, 0
	since := LevelBase
	for _, q := range stack {
		if int(q.off) >= off+size || int(q.off+q.size) <= off {
			continue
		}
		if int(q.off) == off && int(q.size) == size {
			return q.v
		}
		x, s, ok := p.vals.isConst(q.v)
		zero = zero && ok && x == 0
		since = max(since, s)
		touched += min(int(q.off+q.size), off+size) - max(int(q.off), off)
	}
	switch {
	case touched == size && zero:
		return p.vals.constant(0, since)
	case touched > 0 || off < -stackBytes || off+size > 0:
		return vague
	}
	v := p.freshNumber(uint8(8*size), attrScalar)
	p.setStack(frame, p.pieces.put(stack, piece{int16(off), int16(size), v}))
	return v
}

// storeStack writes the low size bytes of v at r10+off of the frame. store
// tells that the instruction holds the value itself.
func (p *path) storeStack(frame int32, off, size int, v val, immediate bool) {
	if off < -stackBytes || off+size > 0 {
		return // the kernel refuses it
	}
	n := p.vals.list[v]
	if n.kind == kindConst && n.imm != 0 {
		since := LevelBase
		switch {
		case size < 8 && off&7 != 0:
			since = levelNever
		case immediate:
			since = Level63
		case size < 8:
			since = Level516
		}
		v = p.vals.constant(truncate(n.imm, size), max(n.since, since))
	} else if n.kind == kindConst && immediate {
		v = p.vals.constant(0, Level63)
	} else if size < 8 {
		if n.scalar() {
			v = p.vals.unary(opAnd, v, 1<<(8*size)-1)
			if m := &p.vals.list[v]; m.p >= 0 {
				v = vague // which verifiers know the spilled bytes of a fixed value?
			}
		} else {
			v = vague
			if n.kind == kindOpaque {
				v = opaque
			}
		}
	}
	stack := p.pieces.put(p.blur(p.stackOf(frame), off, size), piece{int16(off), int16(size), v})
	if len(stack) > maxPiecesPerStack {
		stack = vagueStack()
	}
	p.setStack(frame, stack)
}

// blur weakens what the words that bytes [off, off+size) are in hold: verifiers
// remember a word as a whole, and forget more or less of it when a part is
// overwritten (verifier.c, check_stack_write_fixed_off).
func (p *path) blur(stack []piece, off, size int) []piece {
	lo, hi := off&^7, (off+size+7)&^7
	if lo == off && hi == off+size {
		return stack
	}
	return p.pieces.cut(stack, lo, hi-lo, func(q piece) (val, bool) { return p.weakened(q.v), true })
}

// weakened is a value of which no verifier is sure any more.
func (p *path) weakened(v val) val {
	if n := p.vals.list[v]; n.p >= 0 || n.kind == kindNonZero || n.isPointer() {
		return vague
	}
	return p.vals.weaken(v, levelNever)
}

func truncate(x uint64, size int) uint64 {
	if size >= 8 {
		return x
	}
	return x & (1<<(8*size) - 1)
}

// stackOf is the stack of a frame; frame 0 of an address is the current one.
func (p *path) stackOf(depth int32) []piece {
	if i := p.frameAt(depth); i > 0 {
		return p.frames.list[i].stack
	}
	return p.s.stack
}

// frameAt finds the caller's frame of that depth, 0 for the current one.
func (p *path) frameAt(depth int32) int32 {
	i := p.s.frame
	for i > 0 && p.frames.list[i].depth > int(depth) {
		i = p.frames.list[i].parent
	}
	if i > 0 && p.frames.list[i].depth == int(depth) {
		return i
	}
	return 0
}

// depth of the current frame: 0 for the entry.
func (p *path) depth() int32 {
	if p.s.frame == 0 {
		return 0
	}
	return int32(p.frames.list[p.s.frame].depth + 1)
}

// setStack replaces the stack of the frame of that depth.
func (p *path) setStack(depth int32, stack []piece) {
	if p.frameAt(depth) == 0 {
		p.s.stack = stack
		return
	}
	p.s.frame = p.mapFrames(p.s.frame, func(f *frame) {
		if f.depth == int(depth) {
			f.stack = stack
		}
	})
}

// mapFrames returns the chain of frames with f applied to each.
func (p *path) mapFrames(i int32, f func(*frame)) int32 {
	var chain [maxFrames + 1]int32
	n := 0
	for ; i > 0 && n < len(chain); i = p.frames.list[i].parent {
		chain[n] = i
		n++
	}
	parent := int32(0)
	for n--; n >= 0; n-- {
		fr := p.frames.list[chain[n]]
		fr.parent = parent
		f(&fr)
		parent = p.addFrame(fr)
	}
	return parent
}

// forgetStacks makes every stack vague: something was written somewhere.
func (p *path) forgetStacks() {
	p.s.stack = vagueStack()
	p.s.frame = p.mapFrames(p.s.frame, func(f *frame) { f.stack = vagueStack() })
}

// load reads through an address.
func (p *path) load(base val, insnOff, size int) val {
	n := p.vals.list[base]
	switch n.kind {
	case kindStack:
		return p.loadStack(int32(n.b), int(int64(n.imm))+insnOff, size)
	case kindMapVal:
		return p.loadPlace(n, insnOff, size)
	case kindRoot, kindUnary, kindBinary, kindPtr, kindOpaque:
		for n.kind == kindUnary && n.op == opAdd {
			n = p.vals.list[n.a]
		}
		if n.kind == kindRoot && n.attr == attrMapValue {
			return p.freshNumber(uint8(8*size), attrScalar)
		}
		return p.freshAny(size)
	}
	return vague
}

// freshAny is an input that may be an address: then the verifier may know that
// it is not null.
func (p *path) freshAny(size int) val {
	switch size {
	case 8:
		return p.fresh(64, attrAny, span(1, ^uint64(0)))
	case 4:
		return p.freshNumber(32, attrAny) // a packet's address, of some contexts
	}
	return p.freshNumber(uint8(8*size), attrScalar)
}

// loadPlace reads a data section or kconfig extern.
func (p *path) loadPlace(n value, insnOff, size int) val {
	at := p.places.list[n.b]
	at.Offset = int64(n.imm) + int64(insnOff)
	at.Size = size
	m := p.memory(at)
	switch m.Kind {
	case MemoryKnown:
		return p.vals.constant(truncate(m.Value, size), LevelBase)
	case MemoryFixed:
		v := p.vals.param(at, uint8(8*size), m.Depends)
		s := p.rangeOf(p.s, v)
		if x, one := s.only(); one {
			return p.vals.constant(x, LevelBase)
		}
		return v
	}
	return p.freshNumber(uint8(8*size), attrScalar)
}

// loadImm is the value of a ld_imm64.
func (p *path) loadImm(i int, insn bpfobj.Insn, patch Patch) val {
	if v, ok := p.patched(i, patch); ok {
		return v
	}
	ref := p.x.ref(i)
	if ref == nil {
		x := uint64(uint32(insn.Imm)) | uint64(uint32(p.x.insns[i+1].Imm))<<32
		if insn.Src != 0 {
			return p.vals.pointer(kindPtr, 0, 0, levelNever)
		}
		return p.vals.constant(x, LevelBase)
	}
	switch ref.Kind {
	case bpfobj.RefData:
		return p.vals.pointer(kindMapVal, p.places.add(Place{Map: ref.Map}), uint64(ref.Offset), LevelBase)
	case bpfobj.RefMap:
		return p.vals.pointer(kindPtr, 0, missing(ref.Map), levelNever)
	case bpfobj.RefFuncAddr:
		if callee := p.find(ref.Func); callee != nil {
			if !slices.Contains(p.taken, callee) {
				p.taken = append(p.taken, callee)
			}
			return p.vals.pointer(kindFunc, 0, uint64(callee.index), levelNever)
		}
	case bpfobj.RefExtern:
		e := ref.Extern
		if e.Kind == bpfobj.ExternKconfig {
			return p.vals.pointer(kindMapVal, p.places.add(Place{Extern: e}), uint64(int64(insn.Imm)), LevelBase)
		}
		return p.vals.param(e, 64, "extern "+e.Name)
	}
	return vague
}

// mayMiss marks the address of a map in which an element may be missing.
const mayMiss = 1

// missing is mayMiss for a map that is no array: recent verifiers know that
// arrays have an element for a constant key (verifier.c, can_elide_value_nullness).
func missing(m *bpfobj.Map) uint64 {
	const array, percpuArray = 2, 6
	if t := m.Def.Type; t == 0 || t == array || t == percpuArray {
		return 0
	}
	return mayMiss
}

// patched is the value that a loader gives an immediate; false if it leaves it.
func (p *path) patched(i int, patch Patch) (val, bool) {
	switch patch.Kind {
	case PatchConstant:
		return p.vals.constant(patch.Value, LevelBase), true
	case PatchNonZero:
		return p.vals.pointer(kindNonZero, 0, 0, LevelBase), true
	case PatchAddress:
		return p.vals.pointer(kindPtr, 0, 0, Level64), true
	case PatchUnknown:
		key := patch.Identity
		if key == nil {
			key = Site{p.x.f, i}
		}
		return p.vals.param(key, 64, patch.Depends), true
	}
	return vague, false
}

// piece is what some bytes of a stack hold. Bytes without a piece hold what
// the verifier knows nothing of.
type piece struct {
	off  int16 // from r10
	size int16 // bytes
	v    val
}

// stackBytes is the size of a stack frame.
const stackBytes = 512

// maxPiecesPerStack bounds a stack; beyond, everything in it is vague.
const maxPiecesPerStack = 96

// pieceArena hands out memory for stacks. They are never changed and live as
// long as the analysis.
type pieceArena struct {
	free, block []piece // what is left of the last block, and all of it
}

// reset takes the memory back.
func (a *pieceArena) reset() { a.free = a.block }

// slice is an empty slice with room for n pieces.
func (a *pieceArena) slice(n int) []piece {
	if n > cap(a.free) {
		a.block = make([]piece, 0, max(min(2*cap(a.block), 1<<12), 1<<7, n))
		a.free = a.block
	}
	s := a.free[:0:n]
	a.free = a.free[n:n]
	return s
}

// vagueStack is a stack of which nothing is known.
func vagueStack() []piece { return []piece{{-stackBytes, stackBytes, vague}} }

// forget makes what bytes [off, off+size) hold vague.
func (a *pieceArena) forget(stack []piece, off, size int) []piece {
	return a.put(stack, piece{int16(off), int16(size), vague})
}

// release makes bytes hold something that the verifier knows nothing of.
func (a *pieceArena) release(stack []piece, off, size int) []piece {
	return a.cut(stack, off, size, func(piece) (val, bool) { return vague, false })
}

// put stores a piece.
func (a *pieceArena) put(stack []piece, p piece) []piece {
	stack = a.release(stack, int(p.off), int(p.size))
	i, _ := slices.BinarySearchFunc(stack, p.off, func(q piece, off int16) int { return int(q.off) - int(off) })
	out := append(a.slice(len(stack)+1), stack[:i]...)
	return append(append(out, p), stack[i:]...)
}

// cut replaces what pieces hold within [off, off+size) by f's value, or by
// nothing. Of a piece that is cut apart the rest is vague, unless it is 0.
func (a *pieceArena) cut(stack []piece, off, size int, f func(piece) (val, bool)) []piece {
	end := off + size
	touched := false
	for _, p := range stack {
		touched = touched || int(p.off) < end && int(p.off+p.size) > off
	}
	if !touched {
		return stack
	}
	out := a.slice(len(stack) + 2)
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
