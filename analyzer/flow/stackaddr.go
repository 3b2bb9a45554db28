package flow

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// stackAddrs are the registers and the words of the own stack that may hold
// an address in a stack.
type stackAddrs struct {
	regs  uint16
	words uint64
	// saved are the places in the own stack that r6 to r9 point to for sure:
	// the offset from r10 less 1, or 0.
	saved [4]int16
}

// saves tells that saved has a place for a register.
func saves(r uint8) bool { return r >= 6 && r < frameReg }

// trackStack computes which registers may hold stack addresses. A function
// other than the entry may get addresses in its callers' stacks.
func (x *fn) trackStack() {
	n := len(x.insns)
	seen := make([]bool, n)
	at := make([]stackAddrs, n)
	at[0].regs, seen[0] = 1<<frameReg, true
	if x.index > 0 {
		at[0].regs |= argRegs
	}
	todo := []int32{0}
	for len(todo) > 0 {
		i := int(todo[len(todo)-1])
		todo = todo[:len(todo)-1]
		after := x.stackAfter(i, at[i])
		next, other := x.successors(i)
		for ; next >= 0; next, other = other, -1 {
			if !seen[next] {
				seen[next], at[next] = true, after
				todo = append(todo, int32(next))
			} else if at[next].merge(after) {
				todo = append(todo, int32(next))
			}
		}
	}
	x.live.stack = at
}

// merge reports whether there is something new in o.
func (a *stackAddrs) merge(o stackAddrs) bool {
	old := *a
	a.regs |= o.regs
	a.words |= o.words
	if a.saved != o.saved {
		for i := range a.saved {
			if a.saved[i] != o.saved[i] {
				a.saved[i] = 0
			}
		}
	}
	return *a != old
}

// stackAfter is the transfer function of trackStack.
func (x *fn) stackAfter(i int, a stackAddrs) stackAddrs {
	insn := x.insns[i]
	dst, src := uint16(1)<<(insn.Dst&15), uint16(1)<<(insn.Src&15)
	if saves(insn.Dst) {
		x.savedAfter(i, &a)
	}
	switch class := insn.Op & classMask; class {
	case classALU, classALU64:
		switch {
		case insn.Op&sourceX != 0 && a.regs&src != 0:
			a.regs |= dst
		case insn.Op&opMask == 0xb0:
			a.regs &^= dst
		}
	case classLDX:
		from := a.regs&src != 0 // addresses in callers' stacks may be anywhere there
		if insn.Src == frameReg {
			from = a.words&words(int(insn.Off), loadSize(insn.Op)) != 0
		}
		a.regs &^= dst
		if from {
			a.regs |= dst
		}
	case classLD:
		if insn.Op == bpfobj.LdImm64 {
			a.regs &^= dst
		} else {
			a.regs &^= clobberedRegs
		}
	case classST:
		x.stackStore(insn, false, &a)
	case classSTX:
		x.stackStore(insn, a.regs&src != 0, &a)
		if insn.Op&modeMask == modeATOMIC && a.regs&dst != 0 {
			a.regs |= src | dst | 1
		}
	case classJMP:
		if insn.Op == opCall {
			passed := a.regs&argRegs != 0
			a.regs &^= clobberedRegs
			if passed && insn.Src == bpfobj.PseudoCall {
				// The callee may store addresses that it gets, and return them.
				a.regs |= 1
				a.words = ^uint64(0)
			}
		}
	}
	return a
}

// stackStore is the effect of a store of an address in a stack, or of
// something else, on what words hold such addresses.
func (x *fn) stackStore(insn bpfobj.Insn, addr bool, a *stackAddrs) {
	if insn.Dst == frameReg {
		w := words(int(insn.Off), loadSize(insn.Op))
		if addr {
			a.words |= w
		} else if loadSize(insn.Op) == 8 && insn.Off&7 == 0 {
			a.words &^= w
		}
		return
	}
	if addr && a.regs&(1<<(insn.Dst&15)) != 0 {
		a.words = ^uint64(0)
	}
}

// Opcodes that make addresses in the stack.
const (
	opMovReg64 = classALU64 | sourceX | 0xb0
	opAddImm64 = classALU64
	opLoad64   = classLDX | modeMEM | 0x18
	opStore64  = classSTX | modeMEM | 0x18
)

// savedAfter is what an instruction does to the place that its destination,
// one of r6 to r9, points to.
func (x *fn) savedAfter(i int, a *stackAddrs) {
	insn := x.insns[i]
	at := &a.saved[insn.Dst-6]
	switch class := insn.Op & classMask; {
	case insn.Op == opMovReg64 && insn.Off == 0 && insn.Src == frameReg:
		*at = -1
	case insn.Op == opMovReg64 && insn.Off == 0 && saves(insn.Src):
		*at = a.saved[insn.Src-6]
	case insn.Op == opAddImm64 && *at != 0:
		*at = x.addPlace(i, *at)
	case class == classALU || class == classALU64 || class == classLDX || class == classLD:
		*at = 0
	case class == classSTX && insn.Op&modeMask == modeATOMIC:
		*at = 0 // a load acquire
	}
	if insn.Op&classMask == classSTX && insn.Op&modeMask == modeATOMIC && saves(insn.Src) {
		a.saved[insn.Src-6] = 0
	}
}

// addPlace is a place moved by the immediate of an instruction, 0 if a loader
// may patch it.
func (x *fn) addPlace(i int, place int16) int16 {
	off := int(place) + 1 + int(x.insns[i].Imm)
	if off > 0 || off < -stackBytes || x.isPatched(i) {
		return 0
	}
	return int16(off - 1)
}

func (x *fn) isPatched(i int) bool { return x.patch(i).Kind != PatchNone }

// maxLookBack bounds the search for what a register was set to.
const maxLookBack = 16

// spills are the words of a stack that hold nothing but one address in that
// stack whenever the verifier accepts a use of them as an address: as in
// stackAddrs.saved, 0 for other words.
type spills [stackBytes / 8]int16

// written is the set of words that a call of a helper overwrites for sure, so
// that nothing can matter there before the call.
func (x *fn) written(i int) uint64 {
	insn, ref := x.insns[i], x.ref(i)
	if !insn.IsHelperCall() || ref != nil && ref.Extern != nil {
		return 0
	}
	h := helperOf(insn.Imm)
	if h.out == 0 {
		return 0
	}
	place := x.placeOf(i, h.out, &x.live.spills)
	if place == 0 {
		return 0
	}
	size := int(h.bytes)
	if h.size != 0 {
		size = x.sizeOf(i, h.size)
	}
	off := int(place) + 1
	first, end := (off+7)&^7, (off+size)&^7
	if off+size > 0 || first >= end {
		return 0
	}
	return words(first, end-first)
}

// origin finds the instruction before slot i that sets a register, in the same
// straight piece of code; -1 if there is none nearby.
func (x *fn) origin(i int, r uint8) int {
	for n := 0; n < maxLookBack && i > 0 && x.flags[i]&flagLeader == 0; n++ {
		i--
		if x.flags[i]&flagSecond != 0 {
			i--
		}
		if x.sets(i, r) {
			return i
		}
	}
	return -1
}

// sets reports whether an instruction may change a register.
func (x *fn) sets(i int, r uint8) bool {
	insn := x.insns[i]
	switch insn.Op & classMask {
	case classLD:
		return insn.Dst == r || insn.Op != bpfobj.LdImm64 && r < 6
	case classST:
		return false
	case classSTX:
		return insn.Op&modeMask == modeATOMIC && (r == 0 || insn.Src == r || insn.Dst == r)
	case classJMP, classJMP32:
		return insn.Op != opCall || r < 6
	}
	return insn.Dst == r
}

// sizeOf is the constant that a register was set to before slot i, 0 if that
// is not known.
func (x *fn) sizeOf(i int, r uint8) int {
	const mov64, mov32 = classALU64 | 0xb0, classALU | 0xb0
	i = x.origin(i, r)
	if i < 0 || x.insns[i].Op != mov64 && x.insns[i].Op != mov32 || x.isPatched(i) {
		return 0
	}
	return min(max(int(x.insns[i].Imm), 0), stackBytes)
}

// placeOf is the place in the own stack that a register points to at slot i:
// as in stackAddrs.saved.
func (x *fn) placeOf(i int, r uint8, known *spills) int16 {
	var adds [maxLookBack]int
	n := 0
	place := int16(0)
	for place == 0 {
		if r == frameReg {
			place = -1
			break
		}
		if saves(r) {
			place = x.live.stack[i].saved[r-6]
			break
		}
		i = x.origin(i, r)
		if i < 0 || n == len(adds) {
			return 0
		}
		insn := x.insns[i]
		switch {
		case insn.Op == opMovReg64 && insn.Off == 0:
			r = insn.Src
		case insn.Op == opAddImm64:
			adds[n] = i
			n++
		case insn.Op == opLoad64 && insn.Src == frameReg && insn.Off&7 == 0 && insn.Off < 0 && insn.Off >= -stackBytes:
			if place = known[(-insn.Off-1)/8]; place == 0 {
				return 0
			}
		default:
			return 0
		}
	}
	for n--; n >= 0 && place != 0; n-- {
		place = x.addPlace(adds[n], place)
	}
	return place
}

// findSpills fills x.live.spills. A number that is stored over an address does
// no harm: the kernel refuses its use as an address.
func (x *fn) findSpills() {
	var none spills
	found, mixed := &x.live.spills, uint64(0)
	for i, insn := range x.insns {
		if x.flags[i]&flagSecond != 0 {
			continue
		}
		regs := x.live.stack[i].regs
		class := insn.Op & classMask
		switch {
		case insn.Op == opCall && regs&argRegs != 0 && (insn.Src == bpfobj.PseudoCall || x.calls):
			*found = none // a function of the program may store there
			return
		case class != classST && class != classSTX || insn.Dst != frameReg && regs&(1<<(insn.Dst&15)) == 0:
			continue
		}
		base := x.placeOf(i, insn.Dst, &none)
		if base == 0 {
			*found = none
			return
		}
		off := int(base) + 1 + int(insn.Off)
		w := words(off, loadSize(insn.Op))
		place := int16(0)
		if insn.Op == opStore64 && off&7 == 0 && off < 0 && off >= -stackBytes && regs&(1<<(insn.Src&15)) != 0 {
			place = x.placeOf(i, insn.Src, &none)
		}
		if place == 0 || found[(-off-1)/8] != 0 && found[(-off-1)/8] != place {
			mixed |= w
			continue
		}
		found[(-off-1)/8] = place
	}
	for w := range found {
		if mixed&(1<<w) != 0 {
			found[w] = 0
		}
	}
}
