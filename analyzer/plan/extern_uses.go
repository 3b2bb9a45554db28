package plan

import "github.com/btflint/btflint/analyzer/bpfobj"

// ExternMisuse is a use of a variable's address that the verifier refuses.
type ExternMisuse struct {
	Func *bpfobj.Function
	Insn int // slot index within Func
	// Helper is the helper that is given the address, "" for an access.
	Helper string
	// Certain are the programs that execute the instruction on every path,
	// Possible the others that link it.
	Certain, Possible Scope
}

// perCPUHelper is the name of a helper that turns the address of a per-CPU
// variable into that of one CPU's copy, "" of others (include/uapi/linux/bpf.h).
func perCPUHelper(number int32) string {
	switch number {
	case 153:
		return "bpf_per_cpu_ptr"
	case 154:
		return "bpf_this_cpu_ptr"
	default:
		return ""
	}
}

// misuses follows the address that a ld_imm64 loads down the code, past
// branches but not into them: an access to a per-CPU variable itself, or
// another variable passed to the helpers for per-CPU ones
// (kernel/bpf/verifier.c, check_mem_access and check_reg_type).
func (p *Plan) misuses(r bpfobj.ExternRef, perCPU bool) []ExternMisuse {
	f := r.Func
	if r.Call || f.Insns[r.Insn].Op != bpfobj.LdImm64 {
		return nil
	}
	holds := uint16(1) << f.Insns[r.Insn].Dst
	for i := r.Insn + 2; i < len(f.Insns) && holds != 0; i++ {
		insn := f.Insns[i]
		helper, access := "", false
		switch insn.Op & 7 {
		case 1: // LDX
			access = holds>>insn.Src&1 == 1
		case 2, 3: // ST, STX
			access = holds>>insn.Dst&1 == 1
		case 5:
			if insn.IsHelperCall() && holds>>1&1 == 1 {
				helper = perCPUHelper(insn.Imm)
			}
		}
		if access && perCPU || helper != "" && !perCPU {
			m := ExternMisuse{Func: f, Insn: i, Helper: helper}
			m.Certain, m.Possible = p.executedBy(f, i)
			return []ExternMisuse{m}
		}
		if insn.Op == 0x95 || insn.Op == 0x05 || insn.Op == 0x06 { // exit, ja
			return nil
		}
		if holds = carry(insn, holds); insn.Op == bpfobj.LdImm64 {
			i++
		}
	}
	return nil
}

// carry updates the set of registers that hold the address.
func carry(insn bpfobj.Insn, holds uint16) uint16 {
	switch insn.Op & 7 {
	case 0, 1, 4: // LD, LDX, ALU
		return holds &^ (1 << insn.Dst)
	case 7: // ALU64
		if insn.Op == 0xbf && insn.Off == 0 && holds>>insn.Src&1 == 1 { // mov
			return holds | 1<<insn.Dst
		}
		if insn.Op == 0x07 || insn.Op == 0x17 { // an offset within the variable
			return holds
		}
		return holds &^ (1 << insn.Dst)
	case 5:
		if insn.IsCall() {
			return holds &^ 0x3f
		}
	}
	return holds
}

// TestsZero tells that the address which the ld_imm64 at the slot loads is
// compared with 0 before it is used, as bpf_ksym_exists does.
func TestsZero(f *bpfobj.Function, insn int) bool {
	if insn >= len(f.Insns) || f.Insns[insn].Op != bpfobj.LdImm64 {
		return false
	}
	reg := f.Insns[insn].Dst
	for i := insn + 2; i < len(f.Insns); i++ {
		switch in := f.Insns[i]; in.Op & 7 {
		case 5:
			if (in.Op == 0x15 || in.Op == 0x55) && in.Dst == reg {
				return in.Imm == 0
			}
			if !in.IsCall() || reg <= 5 {
				return false
			}
		case 6:
			return false
		case 0, 1, 4, 7:
			if in.Dst == reg {
				return false
			}
			if in.Op == bpfobj.LdImm64 {
				i++
			}
		}
	}
	return false
}
