package flow_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// Opcodes, as in include/uapi/linux/bpf.h.
const (
	mov64, mov32, movReg64, movReg32 = 0xb7, 0xb4, 0xbf, 0xbc
	add64, addReg64, and64, or64     = 0x07, 0x0f, 0x57, 0x47
	xor64, lsh64, rsh64, arsh64      = 0xa7, 0x67, 0x77, 0xc7
	add32, and32, sub64, mul64       = 0x04, 0x54, 0x17, 0x27
	div64, neg64, lsh32, rsh32       = 0x37, 0x87, 0x64, 0x74
	orReg64, subReg64, xorReg64      = 0x4f, 0x1f, 0xaf
	andReg64                         = 0x5f
	rshReg64, arshReg64, divReg64    = 0x7f, 0xcf, 0x3f
	bswap, be                        = 0xd7, 0xdc
	ldxB, ldxH, ldxW, ldxDW, ldxSB   = 0x71, 0x69, 0x61, 0x79, 0x91
	stW, stDW                        = 0x62, 0x7a
	stxW, stxDW, stxB                = 0x63, 0x7b, 0x73
	atomicDW                         = 0xdb
	jeq, jne, jgt, jge, jlt, jle     = 0x15, 0x55, 0x25, 0x35, 0xa5, 0xb5
	jset, jsgt, jsge, jslt, jsle     = 0x45, 0x65, 0x75, 0xc5, 0xd5
	jeqReg, jneReg, jgtReg           = 0x1d, 0x5d, 0x2d
	jleReg, jsetReg, jsltReg32       = 0xbd, 0x4d, 0xce
	jeq32, jne32, jslt32, jgt32      = 0x16, 0x56, 0xc6, 0x26
	ja, gotol, mayGoto               = 0x05, 0x06, 0xe5
	call, exit, ldImm64              = 0x85, 0x95, 0x18
	ldAbs                            = 0x28
)

const (
	r0 = iota
	r1
	r2
	r3
	r4
	r5
	r6
	r7
	r8
	r9
	r10
)

// op is an instruction of a test program. A jump names its target.
type op struct {
	insn  bpfobj.Insn
	label string // of this instruction
	to    string // target of the jump
	ref   bpfobj.Ref
	wide  uint64 // high and low half of a ld_imm64
}

func imm(code uint8, dst uint8, v int32) op { return op{insn: bpfobj.Insn{Op: code, Dst: dst, Imm: v}} }

func reg(code uint8, dst, src uint8) op { return op{insn: bpfobj.Insn{Op: code, Dst: dst, Src: src}} }

func mem(code uint8, dst, src uint8, off int16) op {
	return op{insn: bpfobj.Insn{Op: code, Dst: dst, Src: src, Off: off}}
}

func jmp(code uint8, dst uint8, v int32, to string) op {
	return op{insn: bpfobj.Insn{Op: code, Dst: dst, Imm: v}, to: to}
}

func jmpReg(code uint8, dst, src uint8, to string) op {
	return op{insn: bpfobj.Insn{Op: code, Dst: dst, Src: src}, to: to}
}

func helper(id int32) op { return op{insn: bpfobj.Insn{Op: call, Imm: id}} }

func load64(dst uint8, v uint64) op {
	return op{insn: bpfobj.Insn{Op: ldImm64, Dst: dst}, wide: v}
}

func loadMap(dst uint8, m *bpfobj.Map, off int64) op {
	return op{insn: bpfobj.Insn{Op: ldImm64, Dst: dst}, ref: bpfobj.Ref{Kind: bpfobj.RefData, Map: m, Offset: off}}
}

func loadExtern(dst uint8, e *bpfobj.Extern) op {
	return op{insn: bpfobj.Insn{Op: ldImm64, Dst: dst}, ref: bpfobj.Ref{Kind: bpfobj.RefExtern, Extern: e}}
}

func loadFunc(dst uint8, f *bpfobj.Function) op {
	return op{insn: bpfobj.Insn{Op: ldImm64, Dst: dst}, ref: bpfobj.Ref{Kind: bpfobj.RefFuncAddr, Func: f}}
}

func callFunc(f *bpfobj.Function) op {
	return op{insn: bpfobj.Insn{Op: call, Src: bpfobj.PseudoCall}, ref: bpfobj.Ref{Kind: bpfobj.RefCall, Func: f}}
}

func callKfunc(e *bpfobj.Extern) op {
	return op{insn: bpfobj.Insn{Op: call, Src: bpfobj.PseudoKfuncCall}, ref: bpfobj.Ref{Kind: bpfobj.RefExtern, Extern: e}}
}

func done() op { return op{insn: bpfobj.Insn{Op: exit}} }

// at gives an instruction a label.
func at(label string, o op) op {
	o.label = label
	return o
}

// program is a function with the slots of its labels.
type program struct {
	*bpfobj.Function
	labels map[string]int
}

// assemble makes a function of instructions.
func assemble(tb testing.TB, name string, ops ...op) program {
	tb.Helper()
	p := program{&bpfobj.Function{Name: name, SectionName: "raw_tp"}, map[string]int{}}
	slot := 0
	for _, o := range ops {
		if o.label != "" {
			p.labels[o.label] = slot
		}
		slot++
		if o.insn.Op == ldImm64 {
			slot++
		}
	}
	for _, o := range ops {
		i := len(p.Insns)
		if o.to != "" {
			target, ok := p.labels[o.to]
			require.True(tb, ok, "label %q", o.to)
			if o.insn.Op == gotol {
				o.insn.Imm = int32(target - i - 1)
			} else {
				o.insn.Off = int16(target - i - 1)
			}
		}
		if o.ref != (bpfobj.Ref{}) {
			o.ref.Insn = i
			p.Refs = append(p.Refs, o.ref)
		}
		if o.insn.Op == ldImm64 {
			o.insn.Imm = int32(o.wide)
			p.Insns = append(p.Insns, o.insn, bpfobj.Insn{Imm: int32(o.wide >> 32)})
			continue
		}
		p.Insns = append(p.Insns, o.insn)
	}
	return p
}

// site is the instruction with a label.
func (p program) site(label string) flow.Site {
	return flow.Site{Func: p.Function, Insn: p.labels[label]}
}
