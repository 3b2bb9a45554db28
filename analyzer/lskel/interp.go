package lskel

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// maxSlots bounds the instructions of a loader program. The generator itself
// fails beyond 32768, where its jumps to the cleanup no longer reach (libbpf
// gen_loader.c, emit_check_err).
const maxSlots = 1 << 16

// maxWays bounds the targets of jumps back. Loaders have one, the cleanup.
const maxWays = 16

// Opcodes and their parts (include/uapi/linux/bpf.h, bpf_common.h).
const (
	classMask                                                                        = 0x07
	classLD, classLDX, classST, classSTX, classALU, classJMP, classJMP32, classALU64 = 0, 1, 2, 3, 4, 5, 6, 7

	modeMem, modeMask, sizeMask = 0x60, 0xe0, 0x18
	sourceReg, opMask           = 0x08, 0xf0

	aluAdd, aluSub, aluOr, aluAnd, aluLsh, aluRsh, aluXor, aluMov = 0x00, 0x10, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0

	opMov64Reg                            = 0xbf
	opJa, opGotol, opCall, opExit         = 0x05, 0x06, 0x85, 0x95
	opJeqImm, opJsltImm                   = 0x15, 0xc5
	pseudoMapIdx, pseudoMapIdxValue       = 5, 6
	regFrame, registers                   = 10, 11
	regCtx, regFirstArg, regLastArg       = 6, 1, 5
	errNoEntry                      int32 = -2
)

// Helpers that loaders call, numbered as in enum bpf_func_id.
const (
	helperTracePrintk     = 6
	helperProbeReadKernel = 113
	helperCopyFromUser    = 148
	helperSysBPF          = 166
	helperFindByNameKind  = 167
	helperSysClose        = 168
	helperKallsyms        = 179
)

// state is what is known at one instruction.
type state struct {
	regs [registers]Value
	live bool
}

// meet adds what is known on another way.
func (s *state) meet(o *state) {
	switch {
	case !o.live:
	case !s.live:
		*s = *o
	default:
		for i := range s.regs {
			s.regs[i] = join(s.regs[i], o.regs[i])
		}
	}
}

// interpreter runs a loader program once, instruction by instruction.
//
// Loaders have a simple form: straight code with jumps over a few
// instructions, and jumps back to one block that cleans up and ends. So every
// instruction is looked at once: ways that meet are joined, what a jump may skip
// is conditional, and the cleanup is looked at afterwards. Anything else,
// such as a loop, is not attributed.
type interpreter struct {
	*Trace
	state
	pc      int
	seen    []bool
	pending map[int]*state // by target of a jump forward
	back    map[int]*state // by target of a jump back
	skipTo  int            // what comes before it may have been jumped over
	cleanup bool
	ways    int // targets of jumps back so far
	memory
	lost map[int]bool // slots that are not attributed
}

// Interpret runs the loader program of a light skeleton on values of which no
// more is known than where they come from. Time and memory are proportional
// to the instructions.
//
// It fails, with [ErrMalformed], only for what is no program of the kernel's
// instructions at all; what it does not understand is listed in
// [Trace.Unattributed].
func Interpret(data, insns []byte) (*Trace, error) {
	switch {
	case len(insns) == 0 || len(insns)%8 != 0:
		return nil, fmt.Errorf("%w: %d bytes of instructions", ErrMalformed, len(insns))
	case len(insns)/8 > maxSlots:
		return nil, fmt.Errorf("%w: %d instructions, a loader has at most %d", ErrMalformed, len(insns)/8, maxSlots)
	}
	byteOrder := order(insns)
	t := &Trace{ByteOrder: byteOrder, Insns: bpfobj.DecodeInsns(insns, byteOrder), Blob: data}
	in := &interpreter{
		Trace: t, seen: make([]bool, len(t.Insns)), pending: map[int]*state{}, back: map[int]*state{},
		memory: memory{cells: map[cell]writer{}}, lost: map[int]bool{},
	}
	in.live = true
	in.regs[regFirstArg], in.regs[regFrame] = pointer(RegionCtx, 0), pointer(RegionStack, 0)
	in.run(0)
	in.cleanUp()
	for pc := range in.lost {
		t.Unattributed = append(t.Unattributed, pc)
	}
	slices.Sort(t.Unattributed)
	t.index()
	return t, nil
}

// run looks at the instructions from a slot on.
func (in *interpreter) run(from int) {
	for in.pc = from; in.pc < len(in.Insns); in.pc++ {
		if p := in.pending[in.pc]; p != nil {
			in.meet(p)
			delete(in.pending, in.pc)
		}
		if !in.live {
			if len(in.pending) == 0 {
				return
			}
			continue
		}
		if in.seen[in.pc] {
			in.lose()
			in.live = false
			continue
		}
		in.seen[in.pc] = true
		in.step(in.Insns[in.pc])
	}
	if in.live {
		in.lost[len(in.Insns)-1] = true // it runs over the end
	}
	for pc := range in.pending {
		in.lost[pc] = true // the second half of a ld_imm64
	}
	clear(in.pending)
}

// cleanUp looks at the code that is only reached by jumps back.
func (in *interpreter) cleanUp() {
	in.cleanup = true
	for len(in.back) > 0 {
		targets := make([]int, 0, len(in.back))
		for pc := range in.back {
			targets = append(targets, pc)
		}
		pc := slices.Min(targets)
		in.state = *in.back[pc]
		delete(in.back, pc)
		if in.seen[pc] {
			in.lost[pc] = true // a loop
			continue
		}
		in.skipTo = pc
		in.run(pc)
	}
}

// lose marks the instruction as not understood.
func (in *interpreter) lose() { in.lost[in.pc] = true }

func (in *interpreter) conditional() bool { return in.pc < in.skipTo }

func (in *interpreter) step(insn bpfobj.Insn) {
	if insn.Dst > regFrame || insn.Src > regFrame {
		in.lose()
		in.live = false
		return
	}
	switch insn.Op & classMask {
	case classLD:
		in.loadImm(insn)
	case classLDX:
		v := Value{}
		if insn.Op&modeMask == modeMem {
			v = in.load(in.regs[insn.Src], int64(insn.Off), width(insn.Op))
		}
		in.regs[insn.Dst] = v
	case classST, classSTX:
		if insn.Op&modeMask != modeMem {
			in.lose()
			return
		}
		v := constant(int64(insn.Imm))
		if insn.Op&classMask == classSTX {
			v = in.regs[insn.Src]
		}
		in.store(in.regs[insn.Dst], int64(insn.Off), width(insn.Op), v)
	case classALU, classALU64:
		in.compute(insn)
	case classJMP, classJMP32:
		in.jump(insn)
	}
}

// width is the size of a memory access in bytes.
func width(op uint8) int64 {
	switch op & sizeMask {
	case 0x00:
		return 4
	case 0x08:
		return 2
	case 0x10:
		return 1
	}
	return 8
}

// loadImm is the ld_imm64: a number, or a place in the loader's map.
func (in *interpreter) loadImm(insn bpfobj.Insn) {
	if insn.Op != bpfobj.LdImm64 || in.pc+1 >= len(in.Insns) {
		in.lose()
		in.live = false
		return
	}
	next := in.Insns[in.pc+1]
	in.pc++
	in.seen[in.pc] = true
	v := Value{}
	switch {
	case insn.Src == 0:
		v = constant(int64(next.Imm)<<32 | int64(uint32(insn.Imm)))
	case insn.Src == pseudoMapIdxValue && insn.Imm == 0:
		v = pointer(RegionBlob, int64(uint32(next.Imm)))
	case insn.Src == pseudoMapIdx && insn.Imm == 0:
		v = pointer(RegionMap, 0)
	}
	in.regs[insn.Dst] = v
}

func (in *interpreter) compute(insn bpfobj.Insn) {
	src := constant(int64(insn.Imm))
	if insn.Op&sourceReg != 0 {
		src = in.regs[insn.Src]
	}
	if insn.Off != 0 { // sign extension and signed division
		in.regs[insn.Dst] = Value{}
		return
	}
	if insn.Op&classMask == classALU64 {
		in.regs[insn.Dst] = alu64(insn.Op&opMask, in.regs[insn.Dst], src)
		return
	}
	in.regs[insn.Dst] = alu32(insn.Op&opMask, in.regs[insn.Dst], src)
}

func (in *interpreter) jump(insn bpfobj.Insn) {
	switch {
	case insn.Op == opCall:
		in.call(insn)
		return
	case insn.Op == opExit:
		in.live = false
		return
	case insn.Op&opMask == opCall&opMask || insn.Op&opMask == opExit&opMask || insn.Op == opGotol:
		in.lose() // calls by register, jumps over 32 bits: no loader has them
		in.live = false
		return
	}
	in.noteCheck(insn)
	to := in.pc + 1 + int(insn.Off)
	switch {
	case to < 0 || to >= len(in.Insns):
		in.lose()
	case to <= in.pc && in.back[to] == nil && in.ways == maxWays:
		in.lose()
	case to <= in.pc:
		if in.back[to] == nil {
			in.ways++
		}
		in.branch(in.back, to)
	default:
		in.branch(in.pending, to)
		in.skipTo = max(in.skipTo, to)
	}
	if insn.Op == opJa {
		in.live = false
	}
}

func (in *interpreter) branch(targets map[int]*state, to int) {
	if targets[to] == nil {
		targets[to] = &state{}
	}
	targets[to].meet(&in.state)
}

// noteCheck notes what a jump says of the result of a call: "if r7 s< 0 goto
// cleanup" and, in front of it, "if r7 == -ENOENT goto +1".
func (in *interpreter) noteCheck(insn bpfobj.Insn) {
	v := in.regs[insn.Dst]
	if v.Kind != Result || v.Shift != 0 {
		return
	}
	switch c := &in.Calls[v.Call]; {
	case insn.Op == opJsltImm && insn.Imm == 0 && insn.Off < 0:
		c.Checked = true
	case insn.Op == opJeqImm && insn.Imm == errNoEntry && insn.Off == 1:
		c.Excused = true
	}
}
