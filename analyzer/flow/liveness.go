package flow

import "github.com/btflint/btflint/analyzer/bpfobj"

// relevance are the registers and stack words of a function that matter at a
// place. A value matters if it may decide a branch; of a pointer it may matter
// only where it points to. Bit i of a register set is register i; bit i of a
// stack set is the word at r10-8*(i+1).
type relevance struct {
	value, pointer           uint16
	stackValue, stackPointer uint64
}

func (r *relevance) merge(o relevance) bool {
	old := *r
	r.value |= o.value
	r.pointer |= o.pointer
	r.stackValue |= o.stackValue
	r.stackPointer |= o.stackPointer
	return *r != old
}

// liveness is what the analysis of one function knows before it follows paths.
type liveness struct {
	// stack is, by slot, what may hold an address in a stack.
	stack  []stackAddrs
	spills spills
}

// Register sets of calls.
const (
	argRegs       = 0x3e // r1-r5
	clobberedRegs = 0x3f // r0-r5
	frameReg      = 10
)

// helperLoop is bpf_loop, whose first argument decides whether it calls back.
const helperLoop = 181

// relevant is what matters at the slots of a function, of leaders and slots
// after calls. Both it and x.live are classic data-flow problems over the slots
// of one function, each solved with a work list. Of the entry there is only
// what matters for the sites that are asked for.
func (e *engine) relevant(x *fn) []relevance {
	in := e.matters[x.index]
	if in != nil {
		return in
	}
	x.tracked.Do(func() {
		x.trackStack()
		x.findSpills()
	})
	if x.index == 0 && e.needed != nil {
		in = e.tracker.track(x, e.Program, e.needed)
	} else {
		x.judged.Do(func() { x.matters = new(tracker).track(x, e.Program, nil) })
		in = x.matters
	}
	e.matters[x.index] = in
	return in
}

// successors are the slots that may follow slot i in the function, -1 if there
// is none.
func (x *fn) successors(i int) (next, other int) {
	insn := x.insns[i]
	class, op := insn.Op&classMask, insn.Op&opMask
	switch {
	case insn.Op == opExit:
		return -1, -1
	case insn.Op == bpfobj.LdImm64:
		return i + 2, -1
	case insn.Op == opCall || class != classJMP && class != classJMP32:
		return i + 1, -1
	case op == jumpJA:
		return i + 1 + jumpDistance(insn), -1
	}
	return i + 1 + jumpDistance(insn), i + 1
}

// predecessors are, by slot, the slots before it: the first one and the index
// in more of the next, -1 for none.
type predecessors struct {
	first, more [][2]int32
}

// each calls f with every slot that may come before a slot.
func (p *predecessors) each(slot int32, f func(int32)) {
	for e := p.first[slot]; e[0] >= 0; e = p.more[e[1]] {
		f(e[0])
		if e[1] < 0 {
			return
		}
	}
}

func (x *fn) findPredecessors() {
	p := &x.preds
	p.first = make([][2]int32, len(x.insns))
	for i := range p.first {
		p.first[i] = [2]int32{-1, -1}
	}
	for i := range x.insns {
		if x.flags[i]&flagSecond != 0 {
			continue
		}
		next, other := x.successors(i)
		for ; next >= 0; next, other = other, -1 {
			if p.first[next][0] < 0 {
				p.first[next][0] = int32(i)
				continue
			}
			p.more = append(p.more, [2]int32{int32(i), p.first[next][1]})
			p.first[next][1] = int32(len(p.more) - 1)
		}
	}
}

// only is the slot before a slot, if that is the only one and leads nowhere
// else; -1 otherwise.
func (x *fn) only(slot int32) int32 {
	e := x.preds.first[slot]
	if e[0] < 0 || e[1] >= 0 {
		return -1
	}
	if _, other := x.successors(int(e[0])); other >= 0 {
		return -1
	}
	return e[0]
}

// tracker is the memory of one computation of what matters.
type tracker struct {
	all    []relevance
	queued []bool
	todo   []int32
}

// track computes what matters at every slot, backwards. Slots that lead to just
// one that nothing else leads to are done together with it. needed are the slots
// that count, nil if all do.
func (t *tracker) track(x *fn, p *Program, needed []bool) []relevance {
	n := len(x.insns)
	t.all, t.queued = zeroed(t.all, 2*n), zeroed(t.queued, n)
	in, after, queued, todo := t.all[:n:n], t.all[n:], t.queued, t.todo[:0]
	for i := range int32(n) {
		if from := x.only(i); from >= 0 && (needed == nil || needed[i]) {
			queued[from] = true
		}
	}
	for i := range int32(n) {
		if x.flags[i]&flagSecond == 0 && !queued[i] && (needed == nil || needed[i]) {
			todo = append(todo, i)
			queued[i] = true
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		queued[i] = false
		in[i] = x.before(p, int(i), after[i])
		for from := x.only(i); from >= 0; from = x.only(i) {
			in[from] = x.before(p, int(from), in[i])
			i = from
		}
		x.preds.each(i, func(from int32) {
			if after[from].merge(in[i]) && !queued[from] {
				queued[from] = true
				todo = append(todo, from)
			}
		})
	}
	t.todo = todo
	return in
}

// before is the transfer function of track.
func (x *fn) before(p *Program, i int, r relevance) relevance {
	insn := x.insns[i]
	dst, src := uint16(1)<<(insn.Dst&15), uint16(1)<<(insn.Src&15)
	switch class := insn.Op & classMask; class {
	case classALU, classALU64:
		x.beforeALU(i, &r)
	case classLD:
		if insn.Op == bpfobj.LdImm64 {
			r.value &^= dst
			r.pointer &^= dst
			break
		}
		r.value &^= clobberedRegs
		r.pointer = r.pointer&^clobberedRegs | 1<<6
	case classLDX:
		x.beforeLoad(i, &r)
	case classST, classSTX:
		x.beforeStore(i, &r)
	case classJMP, classJMP32:
		switch {
		case insn.Op == opExit:
			r = relevance{}
			if x.index > 0 {
				r.value, r.pointer = 1, 1
			}
		case insn.Op == opCall:
			x.beforeCall(p, i, &r)
		case insn.Op&opMask != jumpJA && insn.Op&opMask != jumpJCOND:
			r.value |= dst
			if insn.Op&sourceX != 0 {
				r.value |= src
			}
		}
	}
	return r
}

func (x *fn) beforeALU(i int, r *relevance) {
	insn := x.insns[i]
	dst, src := uint16(1)<<(insn.Dst&15), uint16(1)<<(insn.Src&15)
	value, pointer := r.value&dst != 0, r.pointer&dst != 0
	if insn.Op&opMask == 0xb0 {
		r.value &^= dst
		r.pointer &^= dst
	}
	if insn.Op&sourceX == 0 || insn.Op&opMask == 0xd0 {
		return
	}
	if value {
		r.value |= src
	}
	if pointer {
		r.pointer |= src
		// An offset into the stack is the value of the other operand.
		if insn.Op&opMask != 0xb0 && x.live.stack[i].regs&(dst|src) != 0 {
			r.value |= src | dst
		}
	}
}

// allStack marks every word of the stack.
func (r *relevance) allStack(value bool) {
	r.stackPointer = ^uint64(0)
	if value {
		r.stackValue = ^uint64(0)
	}
}

// words is the set of stack words that size bytes at r10+off touch.
func words(off, size int) uint64 {
	first, last := max(off, -stackBytes), min(off+size, 0)-1
	if first > last {
		return 0
	}
	high, low := (-first-1)/8, (-last-1)/8
	return ^uint64(0) >> (63 - high) &^ (1<<low - 1)
}

func (x *fn) beforeLoad(i int, r *relevance) {
	insn := x.insns[i]
	dst, src := uint16(1)<<(insn.Dst&15), uint16(1)<<(insn.Src&15)
	value, pointer := r.value&dst != 0, r.pointer&dst != 0
	r.value &^= dst
	r.pointer &^= dst
	if !value && !pointer {
		return
	}
	if value {
		r.value |= src
	}
	r.pointer |= src
	switch {
	case insn.Src == frameReg:
		w := words(int(insn.Off), loadSize(insn.Op))
		r.stackPointer |= w
		if value {
			r.stackValue |= w
		}
	case x.live.stack[i].regs&src != 0:
		r.allStack(value)
	}
}

func (x *fn) beforeStore(i int, r *relevance) {
	insn := x.insns[i]
	dst, src := uint16(1)<<(insn.Dst&15), uint16(1)<<(insn.Src&15)
	r.pointer |= dst
	stx := insn.Op&classMask == classSTX
	if insn.Op&modeMask == modeATOMIC {
		r.pointer |= src
		return
	}
	switch {
	case insn.Dst == frameReg:
		size := loadSize(insn.Op)
		w := words(int(insn.Off), size)
		value, pointer := r.stackValue&w != 0, r.stackPointer&w != 0
		if size == 8 && insn.Off&7 == 0 {
			r.stackValue &^= w
			r.stackPointer &^= w
		}
		if stx && value {
			r.value |= src
		}
		if stx && pointer {
			r.pointer |= src
		}
	case stx && x.live.stack[i].regs&dst != 0:
		r.value |= src
		r.pointer |= src
	}
}

func (x *fn) beforeCall(p *Program, i int, r *relevance) {
	insn := x.insns[i]
	ref := x.ref(i)
	r.value &^= clobberedRegs
	r.pointer = r.pointer&^clobberedRegs | argsOf(insn, ref)
	written := x.written(i)
	r.stackValue &^= written
	r.stackPointer &^= written
	if insn.IsHelperCall() && insn.Imm == helperLoop {
		r.value |= 1 << 1
	}
	if callbackOf(insn).argument != 0 && x.live.stack[i].regs&argRegs != 0 {
		r.allStack(true)
	}
	if ref == nil || ref.Func == nil {
		return
	}
	if callee := p.find(ref.Func); callee == nil || callee.global {
		return
	}
	r.value |= argRegs
	if x.live.stack[i].regs&argRegs != 0 {
		r.allStack(true)
	}
}
