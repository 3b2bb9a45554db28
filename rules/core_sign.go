package rules

import "github.com/btflint/btflint/analyzer/bpfobj"

// Parts of opcodes (include/uapi/linux/bpf.h, include/uapi/linux/bpf_common.h).
const (
	modeMEM = 0x60 // a load that fills up with zeros; MEMSX copies the sign
	srcReg  = 8    // BPF_X
	regFP   = 10

	opDIV, opMOD, opMOV, opARSH = 0x3, 0x9, 0xb, 0xc
	opJSGT, opJSGE              = 0x6, 0x7
	opJSLT, opJSLE              = 0xc, 0xd
)

// maxSignGap is how many slots after a load are searched for a use of its sign.
const maxSignGap = 32

// usesSign reports whether the instructions after a load that fills up with
// zeros make a signed number of it: an arithmetic shift, a move that extends the
// sign, a signed comparison or division. They are followed in a straight line,
// with copies of the register; a value that is put on the stack, passed to a
// function or returned counts as used.
func usesSign(insns []bpfobj.Insn, at int) bool {
	held := uint16(1) << (insns[at].Dst & 15)
	for i := at + 1; i < len(insns) && i <= at+maxSignGap && held != 0; i++ {
		insn := insns[i]
		dst, src := uint16(1)<<(insn.Dst&15), uint16(1)<<(insn.Src&15)
		switch class := insn.Op & 7; class {
		case 0: // LD
			held &^= dst
			if insn.Op == bpfobj.LdImm64 {
				i++
			}
		case 1: // LDX
			held &^= dst
		case 3: // STX
			if held&src != 0 && insn.Dst == regFP {
				return true
			}
		case 4, 7: // ALU, ALU64
			switch op := insn.Op >> 4; {
			case op == opMOV && insn.Op&srcReg != 0 && held&src != 0:
				if insn.Off != 0 {
					return true
				}
				held |= dst
			case op == opMOV:
				held &^= dst
			case held&dst != 0 && (op == opARSH || insn.Off != 0 && (op == opDIV || op == opMOD)):
				return true
			}
		case 5, 6: // JMP, JMP32
			switch op := insn.Op >> 4; {
			case insn.IsCall() && insn.Src == bpfobj.PseudoCall && held&0x3e != 0:
				return true // r1 to r5 are arguments
			case insn.IsCall():
				held &^= 0x3f // r0 to r5
			case op == 0 || op == 9: // JA, EXIT
				return op == 9 && held&1 != 0
			case op == opJSGT || op == opJSGE || op == opJSLT || op == opJSLE:
				if held&dst != 0 || insn.Op&srcReg != 0 && held&src != 0 {
					return true
				}
			}
		}
	}
	return false
}
