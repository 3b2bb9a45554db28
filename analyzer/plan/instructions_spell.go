package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// sizeBits are the widths of memory accesses by their bits in the opcode
// (include/uapi/linux/bpf_common.h, BPF_SIZE).
var sizeBits = [...]int{32, 16, 8, 64}

// atomicName is the operation of an atomic store that is one of ALU, and its
// operator; "" for another.
func atomicName(operation int32) (name, operator string) {
	switch operation {
	case 0x00:
		return "add", "+="
	case 0x40:
		return "or", "|="
	case 0x50:
		return "and", "&="
	case 0xa0:
		return "xor", "^="
	}
	return "", ""
}

// jumpOperators are the comparisons of conditional jumps, by the operation in
// the high half of the opcode.
var jumpOperators = [...]string{1: "==", ">", ">=", "&", "!=", "s>", "s>=", 10: "<", "<=", "s<", "s<="}

// spellInstruction writes an instruction of a form as LLVM's assembler takes it.
func spellInstruction(form InstructionForm, in bpfobj.Insn) string {
	bits := sizeBits[in.Op>>3&3]
	switch form {
	case FormJump32:
		return fmt.Sprintf("if w%d %s %s goto %+d", in.Dst, jumpOperators[in.Op>>4], operand('w', in), in.Off)
	case FormAtomic:
		return spellAtomic(in, bits)
	case FormLoadSigned:
		return fmt.Sprintf("r%d = *(s%d *)%s", in.Dst, bits, address(in.Src, in.Off))
	case FormMoveSigned:
		r := register(in)
		return fmt.Sprintf("%c%d = (s%d)%c%d", r, in.Dst, in.Off, r, in.Src)
	case FormSwap:
		return fmt.Sprintf("r%d = bswap%d r%d", in.Dst, in.Imm, in.Dst)
	case FormDivideSigned:
		r, operator := register(in), "s/="
		if in.Op>>4 == 9 { // MOD
			operator = "s%="
		}
		return fmt.Sprintf("%c%d %s %s", r, in.Dst, operator, operand(r, in))
	case FormJumpLong:
		return fmt.Sprintf("gotol %+d", in.Imm)
	case FormMayGoto:
		return fmt.Sprintf("may_goto %+d", in.Off)
	case FormAddrSpaceCast:
		return fmt.Sprintf("r%d = addr_space_cast(r%d, %d, %d)", in.Dst, in.Src, uint32(in.Imm)>>16, uint16(in.Imm))
	case FormLoadAcquire:
		return fmt.Sprintf("%c%d = load_acquire((u%d *)%s)", value(bits), in.Dst, bits, address(in.Src, in.Off))
	case FormStoreRelease:
		return fmt.Sprintf("store_release((u%d *)%s, %c%d)", bits, address(in.Dst, in.Off), value(bits), in.Src)
	}
	return fmt.Sprintf("gotox r%d", in.Dst)
}

func spellAtomic(in bpfobj.Insn, bits int) string {
	r := value(bits)
	at := address(in.Dst, in.Off)
	switch in.Imm {
	case atomicXchg:
		return fmt.Sprintf("%c%d = xchg%s%s, %c%d)", r, in.Src, exchangeSuffix(bits), at[:len(at)-1], r, in.Src)
	case atomicCmpXchg:
		return fmt.Sprintf("%c0 = cmpxchg%s%s, %c0, %c%d)", r, exchangeSuffix(bits), at[:len(at)-1], r, r, in.Src)
	}
	switch name, operator := atomicName(in.Imm &^ atomicFetch); {
	case name == "":
		return fmt.Sprintf("atomic operation %#x", uint32(in.Imm))
	case in.Imm&atomicFetch == 0:
		return fmt.Sprintf("lock *(u%d *)%s %s %c%d", bits, at, operator, r, in.Src)
	default:
		return fmt.Sprintf("%c%d = atomic_fetch_%s((u%d *)%s, %c%d)", r, in.Src, name, bits, at, r, in.Src)
	}
}

// exchangeSuffix tells the widths of xchg and cmpxchg apart.
func exchangeSuffix(bits int) string {
	if bits == 64 {
		return "_64"
	}
	return "32_32"
}

// address is a place in memory.
func address(register uint8, off int16) string {
	sign, distance := '+', int(off)
	if off < 0 {
		sign, distance = '-', -distance
	}
	return fmt.Sprintf("(r%d %c %d)", register, sign, distance)
}

// operand is what the last operand of an arithmetic instruction or a jump says.
func operand(r rune, in bpfobj.Insn) string {
	if in.Op&opSourceX != 0 {
		return fmt.Sprintf("%c%d", r, in.Src)
	}
	return fmt.Sprint(in.Imm)
}

// register tells whether an arithmetic instruction is about whole registers or
// their lower halves.
func register(in bpfobj.Insn) rune {
	if in.Op&opClass == classALU64 {
		return 'r'
	}
	return 'w'
}

// value is what registers are called that hold a value of a width.
func value(bits int) rune {
	if bits == 64 {
		return 'r'
	}
	return 'w'
}
