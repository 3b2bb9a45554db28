package flow

import (
	"math"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// path executes one node.
type path struct {
	*engine
	n int32 // the node
	x *fn
	s *state
}

// edge adds an edge to the node.
func (p *path) edge(to int32, sure bool) {
	p.edges = append(p.edges, edge{to, sure})
	p.nodes[p.n].edges++
}

// goOn enters another slot of the function.
func (p *path) goOn(slot int, s *state, sure bool) {
	p.edge(p.enter(p.x, slot, s, p.x.flags[slot]&flagJoin != 0), sure)
}

// run executes slots from i on until the path branches, meets others or ends.
func (p *path) run(i int) {
	for first := true; ; first = false {
		if !first && p.x.flags[i]&flagLeader != 0 {
			p.goOn(i, p.s, true)
			return
		}
		if len(p.s.sets) > maxRoots-8 {
			p.normalize(p.x, i, p.s)
		}
		insn := p.x.insns[i]
		next := i + 1
		if insn.Op == bpfobj.LdImm64 {
			next++
		}
		p.nodes[p.n].end = int32(next)
		patch := p.patch(p.x, i)
		if patch.Kind == PatchPoison {
			p.pool.put(p.s)
			return
		}
		if class := insn.Op & classMask; class == classJMP || class == classJMP32 {
			if insn.Op != opCall {
				p.jump(i, insn, patch)
				return
			}
			if p.callInsn(i) {
				return
			}
		} else {
			p.execute(i, insn, patch)
		}
		i = next
	}
}

// jump ends the node with a jump or an exit.
func (p *path) jump(i int, insn bpfobj.Insn, patch Patch) {
	switch op := insn.Op & opMask; {
	case insn.Op == opExit:
		p.exit()
	case op == jumpJA:
		p.goOn(i+1+jumpDistance(insn), p.s, true)
	case op == jumpJCOND:
		p.nodes[p.n].loops = true
		other := p.pool.clone(p.s)
		p.goOn(i+1, p.s, true)
		p.goOn(i+1+int(insn.Off), other, true)
	default:
		p.branch(i, insn, patch)
	}
}

// fresh is an input: a value that the verifier knows nothing of but that it is
// of so many bits. Every number of the set is possible.
func (p *path) fresh(width uint8, attr rootAttr, s set) val {
	v := p.vals.root(len(p.s.sets), width, attr)
	if v != vague && v != opaque {
		if width < 64 {
			s = s.intersect(below(uint(width)))
		}
		p.s.sets = append(p.s.sets, p.sets.add(s))
	}
	return v
}

// freshNumber is an input of which every number of so many bits is possible.
func (p *path) freshNumber(width uint8, attr rootAttr) val {
	v := p.vals.root(len(p.s.sets), width, attr)
	if v != vague && v != opaque {
		n := &p.sets.below[width/8]
		if *n == 0 {
			*n = p.sets.add(below(uint(width/8) * 8))
		}
		p.s.sets = append(p.s.sets, *n)
	}
	return v
}

func (p *path) reg(r uint8) val {
	switch {
	case r < frameReg:
		return p.s.regs[r]
	case r == frameReg:
		return p.vals.pointer(kindStack, val(p.depth()), 0, levelNever)
	}
	return vague
}

func (p *path) setReg(r uint8, v val) {
	if r < frameReg {
		p.s.regs[r] = v
	}
}

// execute runs an instruction that always goes on to the next.
func (p *path) execute(i int, insn bpfobj.Insn, patch Patch) {
	switch insn.Op & classMask {
	case classALU, classALU64:
		p.setReg(insn.Dst, p.alu(i, insn, patch))
	case classLD:
		if insn.Op == bpfobj.LdImm64 {
			p.setReg(insn.Dst, p.loadImm(i, insn, patch))
			return
		}
		size := uint8(8 * loadSize(insn.Op))
		p.clobber(0)
		p.s.regs[0] = p.freshNumber(size, attrScalar)
	case classLDX:
		p.setReg(insn.Dst, p.loadInsn(insn))
	case classST, classSTX:
		p.store(i, insn)
	}
}

func (p *path) loadInsn(insn bpfobj.Insn) val {
	size := loadSize(insn.Op)
	v := p.load(p.reg(insn.Src), int(insn.Off), size)
	if insn.Op&modeMask == modeMEMSX && size < 8 {
		v = p.vals.unary(opSext, v, uint64(8*size))
	}
	return v
}

func (p *path) store(i int, insn bpfobj.Insn) {
	base := p.vals.list[p.reg(insn.Dst)]
	size := loadSize(insn.Op)
	off := int(int64(base.imm)) + int(insn.Off)
	atomic := insn.Op&classMask == classSTX && insn.Op&modeMask == modeATOMIC
	switch {
	case base.kind == kindStack && atomic:
		p.setStack(int32(base.b), p.pieces.forget(p.stackOf(int32(base.b)), off, size))
	case base.kind == kindStack && insn.Op&classMask == classST:
		p.storeStack(int32(base.b), off, size, p.vals.constant(uint64(int64(insn.Imm)), LevelBase), true)
	case base.kind == kindStack:
		p.storeStack(int32(base.b), off, size, p.reg(insn.Src), false)
	case base.kind == kindVague && p.x.live.stack[i].regs&(1<<(insn.Dst&15)) != 0:
		p.forgetStacks()
	}
	if !atomic {
		return
	}
	// What an atomic operation fetches is not followed (include/uapi/linux/bpf.h, BPF_FETCH).
	const fetch, cmpxchg, loadAcquire = 0x01, 0xf1, 0x100
	switch {
	case insn.Imm == loadAcquire:
		p.setReg(insn.Dst, vague)
	case insn.Imm == cmpxchg:
		p.setReg(0, vague)
	case insn.Imm&fetch != 0:
		p.setReg(insn.Src, vague)
	}
}

// operand is the source operand of an ALU or jump instruction.
func (p *path) operand(i int, insn bpfobj.Insn, patch Patch) val {
	if insn.Op&sourceX != 0 {
		return p.reg(insn.Src)
	}
	if v, ok := p.patched(i, patch); ok {
		if x, since, ok := p.vals.isConst(v); ok {
			return p.vals.constant(uint64(int64(int32(x))), since)
		}
		return v
	}
	return p.vals.constant(uint64(int64(insn.Imm)), LevelBase)
}

// alu is the result of an ALU instruction.
func (p *path) alu(i int, insn bpfobj.Insn, patch Patch) val {
	narrow := insn.Op&classMask == classALU
	op := insn.Op >> 4
	dst := p.reg(insn.Dst)
	switch op {
	case opNeg:
		if p.vals.list[dst].p >= 0 {
			return opaque
		}
		return p.finish32(p.vals.weaken(p.vals.binary(opRsub, dst, p.vals.constant(0, LevelBase)), levelNever), narrow)
	case opEnd:
		return p.swap(insn, dst, narrow)
	}
	src := p.operand(i, insn, patch)
	switch op {
	case opMov:
		return p.mov(insn, src, narrow)
	case opDiv, opMod:
		x, _, ok1 := p.vals.isConst(dst)
		y, _, ok2 := p.vals.isConst(src)
		if ok1 && ok2 {
			return p.vals.constant(divide(op == opMod, insn.Off == 1, narrow, x, y), levelNever)
		}
		return p.vals.lost(dst, src)
	case opAdd, opSub:
		if v, ok := p.offset(op, dst, src, narrow); ok {
			return v
		}
	}
	if !narrow {
		return p.shiftable(op, dst, src, 64)
	}
	switch op {
	case opRsh:
		dst = p.vals.narrow32(dst)
	case opArsh:
		dst = p.vals.unary(opSext, dst, 32)
	}
	if op == opAnd {
		src = p.vals.narrow32(src)
	}
	return p.finish32(p.shiftable(op, dst, src, 32), true)
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

// shiftable is op(a, b) where a shift by too many bits is not followed, nor one
// by a fixed number that may be too many: the verifier knows nothing then.
func (p *path) shiftable(op uint8, a, b val, bits uint64) val {
	if op == opLsh || op == opRsh || op == opArsh {
		c, _, ok := p.vals.isConst(b)
		if ok && c >= bits || !ok && (op == opArsh || p.dependsOn(a, b) >= 0) {
			return p.vals.lost(a, b)
		}
	}
	if op > opXor && op != opArsh {
		return vague
	}
	return p.vals.binary(op, a, b)
}

func (p *path) finish32(v val, narrow bool) val {
	if narrow {
		return p.vals.narrow32(v)
	}
	return v
}

func (p *path) mov(insn bpfobj.Insn, src val, narrow bool) val {
	switch {
	case insn.Off == 0:
	case insn.Off == 8 || insn.Off == 16 || insn.Off == 32:
		src = p.vals.unary(opSext, src, uint64(insn.Off))
	default:
		return vague // addr_space_cast
	}
	return p.finish32(src, narrow)
}

// swap is a byte swap (v4: bswap), which no verifier is sure to follow.
func (p *path) swap(insn bpfobj.Insn, v val, narrow bool) val {
	if insn.Imm != 16 && insn.Imm != 32 && insn.Imm != 64 {
		return vague
	}
	size := int(insn.Imm / 8)
	if toBig := insn.Op&sourceX != 0; !narrow || toBig != p.facts.BigEndian {
		return p.vals.weaken(p.vals.unary(opSwap, v, uint64(size)), levelNever)
	}
	if size == 8 {
		return v
	}
	if p.vals.list[v].p >= 0 {
		return opaque
	}
	return p.vals.weaken(p.vals.unary(opAnd, v, 1<<(8*size)-1), levelNever)
}

// reverse reverses the low n bytes of a number and drops the others.
func reverse(x uint64, n int) uint64 {
	var r uint64
	for range n {
		r = r<<8 | x&0xff
		x >>= 8
	}
	return r
}

// offset moves an address; false if dst and src are numbers.
func (p *path) offset(op uint8, dst, src val, narrow bool) (val, bool) {
	a, b := p.vals.list[dst], p.vals.list[src]
	if op == opAdd && !a.isPointer() && b.isPointer() {
		a, b = b, a
	}
	if !a.isPointer() {
		return vague, false
	}
	if narrow || b.isPointer() {
		return vague, true
	}
	switch a.kind {
	case kindPtr:
		return p.vals.add(a), true
	case kindStack, kindMapVal:
		if b.kind != kindConst || !p.knows(b.since) {
			if a.kind == kindMapVal && b.kind != kindConst {
				return p.vals.pointer(kindPtr, 0, 0, LevelBase), true
			}
			return vague, true
		}
		if op == opSub {
			b.imm = -b.imm
		}
		a.imm += b.imm
		return p.vals.add(a), true
	}
	return vague, true
}

func (n *value) isPointer() bool {
	return n.kind == kindStack || n.kind == kindMapVal || n.kind == kindPtr || n.kind == kindFunc
}

// exit returns to the caller or ends the path.
func (p *path) exit() {
	s := p.s
	if s.frame == 0 {
		p.pool.put(s)
		return
	}
	f := &p.frames.list[s.frame]
	if f.ret == callbackReturn {
		p.pool.put(s)
		return
	}
	s.frame, s.stack = f.parent, f.stack
	p.clobber(s.regs[0])
	copy(s.regs[6:], f.saved[:])
	if r := &p.vals.list[s.regs[0]]; r.kind == kindStack && int(r.b) > f.depth {
		s.regs[0] = vague
	}
	p.edge(p.enter(f.fn, f.ret, s, true), true)
}
