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
// variable into that of one CPU's copy, "" of others.
func perCPUHelper(number int32) string {
	if number == helperPerCPUPtr || number == helperThisCPUPtr {
		return "bpf_" + helpers[number]
	}
	return ""
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
		switch insn.Op & opClass {
		case classLDX:
			access = holds>>insn.Src&1 == 1
		case classST, classSTX:
			access = holds>>insn.Dst&1 == 1
		case classJMP:
			if insn.IsHelperCall() && holds>>regFirstArg&1 == 1 {
				helper = perCPUHelper(insn.Imm)
			}
		}
		if access && perCPU || helper != "" && !perCPU {
			m := ExternMisuse{Func: f, Insn: i, Helper: helper}
			m.Certain, m.Possible = p.executedBy(f, i)
			return []ExternMisuse{m}
		}
		if insn.Op == opExit || insn.Op == opJa || insn.Op == opGotol {
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
	switch insn.Op & opClass {
	case classLD, classLDX, classALU:
		return holds &^ (1 << insn.Dst)
	case classALU64:
		if insn.Op == opMovReg && insn.Off == 0 && holds>>insn.Src&1 == 1 {
			return holds | 1<<insn.Dst
		}
		if insn.Op == opAddImm || insn.Op == opSubImm { // an offset within the variable
			return holds
		}
		return holds &^ (1 << insn.Dst)
	case classJMP:
		if insn.IsCall() {
			return holds &^ regsClobbered
		}
	}
	return holds
}

// zeroTests are the uses of an extern that test its address; all tells that
// the first use of every function is one.
func zeroTests(e *bpfobj.Extern) (tests []bpfobj.ExternRef, all bool) {
	var last *bpfobj.Function
	all = true
	for _, r := range e.Refs {
		tested := !r.Call && testsZero(r.Func, r.Insn)
		if tested {
			tests = append(tests, r)
		}
		all = all && (tested || r.Func == last)
		last = r.Func
	}
	return tests, all
}

// testsZero tells that the address which the ld_imm64 at the slot loads is
// compared with 0 before it is used, as bpf_ksym_exists does.
func testsZero(f *bpfobj.Function, insn int) bool {
	if insn >= len(f.Insns) || f.Insns[insn].Op != bpfobj.LdImm64 {
		return false
	}
	reg := f.Insns[insn].Dst
	for i := insn + 2; i < len(f.Insns); i++ {
		switch in := f.Insns[i]; in.Op & opClass {
		case classJMP:
			if (in.Op == opJeqImm || in.Op == opJneImm) && in.Dst == reg {
				return in.Imm == 0
			}
			if !in.IsCall() || reg <= regLastArg {
				return false
			}
		case classJMP32:
			return false
		case classLD, classLDX, classALU, classALU64:
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
