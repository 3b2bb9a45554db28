package flow

import (
	"math"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// callInsn executes a call. It returns true if the node ends with it.
func (p *path) callInsn(i int) bool {
	if p.refuses(p.x, i) {
		p.pool.put(p.s)
		return true
	}
	insn, ref := p.x.insns[i], p.x.ref(i)
	if ref != nil && ref.Func != nil {
		callee := p.find(ref.Func)
		if callee.global || !p.precise {
			p.callAlone(i, callee)
		} else {
			p.callStatic(i, callee)
		}
		return true
	}
	callbacks := p.callbackEdges(i, insn, argsOf(insn, ref))
	result := p.callKernel(i, insn, ref)
	p.clobber(result)
	switch {
	case p.x.flags[i]&flagNoReturn != 0:
		p.goOn(i+1, p.s, false)
		p.edge(p.endNode(), false)
	case callbacks:
		p.goOn(i+1, p.s, true)
	default:
		return false
	}
	return true
}

// endNode is a node where a path ends.
func (e *engine) endNode() int32 {
	if e.end == 0 {
		e.end = int32(len(e.nodes))
		e.nodes = append(e.nodes, node{depends: -1})
		e.states = append(e.states, nil)
	}
	return e.end
}

// clobber ends the arguments' life and sets the result. The kernel refuses to
// read what is left in the other registers.
func (p *path) clobber(result val) {
	for r := range 6 {
		p.s.regs[r] = opaque
	}
	p.s.regs[0] = result
}

// callStatic goes on in a static function of the object, whose arguments and
// result the verifier follows.
func (p *path) callStatic(i int, callee *fn) {
	if p.depth() >= maxFrames-1 {
		p.pool.put(p.s)
		return // the kernel refuses deeper calls
	}
	s := p.s
	p.normalizeCall(i)
	f := frame{
		parent: s.frame, context: p.frames.context(s.frame, p.x, i), depth: int(p.depth()), fn: p.x, ret: i + 1,
		stack: s.stack,
	}
	copy(f.saved[:], s.regs[6:])
	s.frame, s.stack = p.addFrame(f), nil
	s.regs[0] = vague
	for r := 6; r < len(s.regs); r++ {
		s.regs[r] = vague
	}
	p.edge(p.enter(callee, 0, s, true), true)
}

// normalizeCall drops what does not matter after the call from what the
// caller keeps.
func (p *path) normalizeCall(i int) {
	live := &p.relevant(p.x)[i+1]
	for r := 6; r < 10; r++ {
		if bit := uint16(1) << r; (live.value|live.pointer)&bit == 0 {
			p.s.regs[r] = vague
		}
	}
	p.s.regs[0] = vague
	p.renumber(p.s)
}

// callAlone goes on after a call of a function that the verifier explores
// alone, with arguments of which it knows the types at most.
func (p *path) callAlone(i int, callee *fn) {
	called := p.explore(callee)
	result := p.returned(callee.f.Type)
	if !callee.global {
		result = vague
	}
	for r := uint8(1); r <= 5; r++ {
		p.exposeStack(i, r)
	}
	p.clobber(result)
	p.edge(called, true)
	p.goOn(i+1, p.s, !p.throws)
}

// explore returns the node of a function's entry with unknown arguments.
func (e *engine) explore(x *fn) int32 {
	if n := e.alone[x.index]; n > 0 {
		return n
	}
	e.relevant(x)
	s := e.pool.get()
	n := e.newNode(x, 0, s)
	e.alone[x.index] = n
	if x.global {
		p := path{engine: e, n: n, x: x, s: s}
		for r := 1; r <= 5; r++ {
			s.regs[r] = p.argument(r - 1)
		}
	}
	return n
}

// argument is a global function's argument (btf.c, btf_prepare_func_args).
func (p *path) argument(i int) val {
	g := p.facts.Types
	if g == nil || p.x.f.Type == btfgraph.Void {
		return vague
	}
	proto := g.Ref(p.x.f.Type)
	if g.Kind(proto) != btfgraph.KindFuncProto || i >= g.Vlen(proto) {
		return vague
	}
	switch g.Kind(btfgraph.SkipModsAndTypedefs(g, g.Param(proto, i).Type)) {
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64:
		return p.freshNumber(64, attrScalar)
	}
	return p.freshAny(8)
}

// returned is the result of a function of that FUNC type.
func (p *path) returned(id btfgraph.ID) val {
	g := p.facts.Types
	if g == nil || id == btfgraph.Void {
		return p.freshAny(8)
	}
	if g.Kind(id) == btfgraph.KindFunc {
		id = g.Ref(id)
	}
	if g.Kind(id) != btfgraph.KindFuncProto {
		return p.freshAny(8)
	}
	t := btfgraph.SkipModsAndTypedefs(g, g.Ref(id))
	switch g.Kind(t) {
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64:
		if g.Name(t) == "_Bool" || g.Name(t) == "bool" {
			return p.fresh(1, attrScalar, fullSet)
		}
		return p.freshNumber(64, attrScalar)
	case btfgraph.KindVoid:
		return vague
	}
	return p.freshAny(8)
}

// callbackEdges adds edges to the functions whose addresses a call passes in
// that set of registers.
func (p *path) callbackEdges(i int, insn bpfobj.Insn, args uint16) bool {
	any := false
	for r := 1; r <= 5; r++ {
		if args&(1<<r) == 0 {
			continue
		}
		n := p.vals.list[p.s.regs[r]]
		if n.kind != kindFunc {
			continue
		}
		sure := true
		if insn.IsHelperCall() && insn.Imm == helperLoop {
			// A loop of no rounds is not entered by verifiers that know it.
			rounds := condition{op: jumpJNE, a: p.s.regs[1], b: p.vals.constant(0, LevelBase), reg: -1}
			s := p.pool.clone(p.s)
			sure = p.assume(s, rounds) == certain
			p.pool.put(s)
		}
		callee := p.funcs[n.imm]
		p.edge(p.explore(callee), sure)
		if cb := callbackOf(insn); cb.argument == uint8(r) && p.precise && !callee.global && p.depth() < maxFrames-1 {
			p.edge(p.callBack(i, callee, cb), sure)
		}
		any = true
	}
	return any
}

// callBack returns the node of a callback's entry when it is called for the
// first time: it gets the caller's context and may use the caller's stack.
// Where it returns the path ends: what follows the call has an edge of its own.
func (p *path) callBack(i int, callee *fn, cb callback) int32 {
	caller := p.s
	s := p.pool.clone(caller)
	defer func() { p.s = caller }()
	p.s = s
	context := s.regs[cb.context]
	for r := range s.regs {
		s.regs[r] = opaque
	}
	for r := uint8(1); r <= 5; r++ {
		switch {
		case r == cb.receives:
			s.regs[r] = context
		case r < cb.receives && cb.numbers:
			s.regs[r] = p.freshNumber(64, attrScalar)
		case r < cb.receives:
			s.regs[r] = p.freshAny(8)
		}
	}
	f := frame{
		parent: s.frame, context: p.frames.context(s.frame, p.x, i), depth: int(p.depth()), fn: p.x, ret: callbackReturn,
		stack: s.stack,
	}
	for r := range f.saved {
		f.saved[r] = opaque
	}
	s.frame, s.stack = p.addFrame(f), nil
	return p.enter(callee, 0, s, true)
}

// callbackReturn is no slot: a frame that a callback does not return to.
const callbackReturn = -1

// exposeStack lets a call write to what argument register r points to.
func (p *path) exposeStack(i int, r uint8) {
	n := p.vals.list[p.s.regs[r]]
	switch {
	case n.kind == kindStack:
		off := int(int64(n.imm))
		if off >= -stackBytes && off < 0 {
			p.setStack(int32(n.b), p.pieces.forget(p.stackOf(int32(n.b)), off, -off))
		}
	case n.kind == kindVague && p.x.live.stack[i].regs&(1<<r) != 0:
		p.forgetStacks()
	}
}

// minErrno is -MAX_ERRNO (include/linux/err.h).
const minErrno = math.MaxUint64 - 4094

// callKernel is the result of a helper or kfunc, after its effects on stacks.
func (p *path) callKernel(i int, insn bpfobj.Insn, ref *bpfobj.Ref) val {
	if !insn.IsHelperCall() || ref != nil && ref.Extern != nil {
		return p.callKfunc(i, ref)
	}
	h := helperOf(insn.Imm)
	size, first := uint64(0), p.vals.list[p.s.regs[1]]
	for r := uint8(1); r <= 5-h.unused; r++ {
		n := p.vals.list[p.s.regs[r]]
		switch {
		case h.out == r && n.kind == kindStack:
			size = p.writeStack(n, h)
		case n.kind == kindStack && h.reads&(1<<r) != 0:
			p.readStack(n)
		default:
			p.exposeStack(i, r)
		}
		if p.vals.list[p.s.regs[r]].kind == kindFunc {
			p.forgetStacks() // a callback may write to its caller's stack
		}
	}
	switch h.ret {
	case retNotNull:
		return p.vals.pointer(kindPtr, 0, 0, levelNever)
	case retMapValue:
		if first.kind == kindPtr && first.imm == mayMiss {
			return p.freshNumber(64, attrMapValue)
		}
		return p.fresh(64, attrMapValue, span(1, math.MaxUint64))
	case retLength:
		s := span(0, size).union(span(minErrno, math.MaxUint64))
		return p.fresh(64, attrScalar, s)
	case retPair:
		low := p.freshNumber(32, attrScalar)
		return p.vals.binary(opOr, p.vals.unary(opLsh, p.freshNumber(32, attrScalar), 32), low)
	case retCPU:
		return p.fresh(64, attrScalar, single(0))
	case retUnknown:
		return p.freshAny(8)
	}
	return p.freshNumber(64, attrScalar)
}

// writeStack is a helper's write of so many bytes to a stack. It returns the
// size if it is known.
func (p *path) writeStack(n value, h helper) uint64 {
	off, size := int(int64(n.imm)), int(h.bytes)
	if h.size != 0 {
		c, since, ok := p.vals.isConst(p.s.regs[h.size])
		if !ok || !p.knows(since) || c > stackBytes {
			p.setStack(int32(n.b), p.pieces.forget(p.stackOf(int32(n.b)), max(off, -stackBytes), max(-off, 0)))
			return 0
		}
		size = int(c)
	}
	if off >= -stackBytes && off+size <= 0 {
		p.setStack(int32(n.b), p.pieces.release(p.blur(p.stackOf(int32(n.b)), off, size), off, size))
	}
	return uint64(size)
}

// readStack is a helper's read of a stack, after which not every verifier
// knows the constants there.
func (p *path) readStack(n value) {
	off := int(int64(n.imm))
	if off < -stackBytes || off >= 0 {
		return
	}
	p.setStack(int32(n.b), p.pieces.cut(p.stackOf(int32(n.b)), off, -off, func(q piece) (val, bool) {
		if p.vals.list[q.v].isPointer() {
			return q.v, true
		}
		return p.weakened(q.v), true
	}))
}

// callKfunc is a kfunc's result: it may write through its arguments.
func (p *path) callKfunc(i int, ref *bpfobj.Ref) val {
	for r := uint8(1); r <= 5; r++ {
		p.exposeStack(i, r)
		if p.vals.list[p.s.regs[r]].kind == kindFunc {
			p.forgetStacks()
		}
	}
	if ref == nil || ref.Extern == nil {
		return p.freshAny(8)
	}
	if name := ref.Extern.Name; strings.HasPrefix(name, "bpf_iter_") && strings.HasSuffix(name, "_next") {
		p.nodes[p.n].loops = true
		return p.freshNumber(64, attrAny)
	}
	return p.returned(ref.Extern.Type)
}
