package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// instructionNames are the types and functions of the kernel by which
// instructionSet decides.
var instructionNames = [...]string{
	"is_branch_taken", "reg_set_min_max", "check_xadd", "check_atomic", "check_mem_access", "coerce_reg_to_size_sx",
	"bpf_verifier_state", "bpf_insn_aux_data", "bpf_cond_pseudo_jmp", "bpf_addr_space_cast", "check_atomic_load",
	"check_atomic_store", "bpf_jit_supports_timed_may_goto", "bpf_opcode_in_insntable", "emit_atomic", "emit_atomic_rmw",
}

// formSupport says whether a kernel knows a form of instructions.
type formSupport uint8

const (
	formKnown formSupport = iota // or nothing tells
	// formDoubtful: the kernel's BTF lacks what else came with the same version,
	// and does not hold what would prove that the form is missing.
	formDoubtful
	formMissing
)

// instructionSet is what a kernel's verifier makes of the forms that the object
// holds.
type instructionSet struct {
	forms [formEnd]formSupport
	// missing tells that one of them is not formKnown.
	missing bool
	// opcodes tells that the kernel looks at the opcodes of instructions that no
	// path reaches, stores that it does so at the operations of atomic stores.
	opcodes, stores bool
	// asked are the instructions of each function that the kernel does not know
	// and refuses where a path reaches them.
	asked map[*bpfobj.Function][]int
}

// instructions says what the kernel's verifier makes of the forms that the
// object holds.
//
// The instruction set is in no enum. What came with the same version as a form
// and is in one (helpers, attach types, map types) says that the kernel knows
// it. If that is missing the verifier's own functions and structs prove that
// the form is too: they got a parameter or a member with it.
func (p *Plan) instructions() instructionSet { return p.flows.instructions.get(p.findInstructionSet) }

func (p *Plan) findInstructionSet() (set instructionSet) {
	if p.Kernel == nil || p.Kernel.Types == nil {
		return set
	}
	var seen [formEnd]bool
	for _, place := range p.facts.instructions {
		if !seen[place.form] {
			seen[place.form] = true
			set.forms[place.form] = p.supportForm(place.form)
			set.missing = set.missing || set.forms[place.form] != formKnown
		}
	}
	if !set.missing {
		return set
	}
	set.opcodes = !p.lacksFunc("bpf_opcode_in_insntable")
	set.stores = p.supportAtomic() == formMissing
	set.asked = make(map[*bpfobj.Function][]int)
	for _, place := range p.facts.instructions {
		if set.forms[place.form] != formKnown && !set.everywhere(place) {
			set.asked[place.fn] = append(set.asked[place.fn], place.insn)
		}
	}
	return set
}

func (p *Plan) supportForm(form InstructionForm) formSupport {
	switch form {
	case FormJump32:
		return p.supportJump32()
	case FormAtomic:
		return p.supportAtomic()
	case FormLoadSigned, FormMoveSigned, FormSwap, FormDivideSigned:
		return p.supportV4()
	case FormJumpLong:
		return p.supportJumpLong()
	case FormMayGoto:
		return p.supportArena("bpf_cond_pseudo_jmp", "bpf_verifier_state", "may_goto_depth")
	case FormAddrSpaceCast:
		return p.supportArena("bpf_addr_space_cast", "bpf_insn_aux_data", "needs_zext")
	case FormLoadAcquire, FormStoreRelease:
		return p.supportAcquire()
	}
	if p.enumerator("bpf_map_type", "BPF_MAP_TYPE_INSN_ARRAY") == Unsupported { // FormGotoX has nothing to load an address from
		return formMissing
	}
	return formKnown
}

// Helpers by which versions are told: the first that came with each.
const (
	helperSpinLock = 93  // 5.1
	helperCheckMTU = 163 // 5.12
)

// lacksHelpersFrom reports whether the kernel has no helper of that number or
// a higher one; they are numbered as they came.
func (p *Plan) lacksHelpersFrom(id int32) bool {
	for ; int(id) < len(helpers); id++ {
		if ok, known := p.Kernel.HasHelper(id); ok || !known {
			return false
		}
	}
	return true
}

// supportJump32 asks for jumps on 32-bit registers, which came with 5.1 (commit
// 092ed0968bb6, bpf: verifier support JMP32) as bpf_spin_lock did. The functions that
// decide branches got a parameter for them.
func (p *Plan) supportJump32() formSupport {
	if !p.lacksHelpersFrom(helperSpinLock) {
		return formKnown
	}
	old := false
	for _, name := range [...]string{"is_branch_taken", "reg_set_min_max"} {
		has, found := p.hasParam(name, "is_jmp32")
		if has {
			return formKnown
		}
		old = old || found
	}
	switch {
	case old:
		return formMissing
	case p.has(btfgraph.KindFunc, "bpf_check"):
		return formDoubtful
	}
	// Every object has such jumps, and a kernel that lists no functions is one
	// of which too little is known.
	return formKnown
}

// supportAtomic asks for atomic operations with a result, which came with 5.12
// as bpf_check_mtu did: check_xadd of the verifier became check_atomic (commits
// 91c960b00566 and 5ca419f2864a, bpf: Add BPF_FETCH field / create atomic_fetch_add
// instruction).
func (p *Plan) supportAtomic() formSupport {
	if !p.lacksHelpersFrom(helperCheckMTU) {
		return formKnown
	}
	switch {
	case p.has(btfgraph.KindFunc, "check_atomic"):
		return formKnown
	case p.has(btfgraph.KindFunc, "check_xadd"):
		return formMissing
	}
	return formDoubtful
}

// supportV4 asks for the instructions of -mcpu=v4, which came with 6.6 in one
// series, as the attach types of tcx and of uprobe.multi did. Its first commit
// (1f9a1ea821ff, bpf: Support new sign-extension load insns) gave
// check_mem_access the parameter is_ldsx. [Plan.supportJumpLong] is about the one
// that older kernels got apart from the others.
func (p *Plan) supportV4() formSupport {
	for _, attach := range [...]string{"BPF_TCX_INGRESS", "BPF_TRACE_UPROBE_MULTI"} {
		if p.enumerator("bpf_attach_type", attach) != Unsupported {
			return formKnown
		}
	}
	has, found := p.hasParam("check_mem_access", "is_ldsx")
	switch {
	case has, p.has(btfgraph.KindFunc, "coerce_reg_to_size_sx"):
		return formKnown
	case found:
		return formMissing
	}
	return formDoubtful
}

// supportArena asks for an instruction that came with 6.9, as the map type of
// arenas did: an enum of its own, and a member of a struct of the verifier
// (commits 011832b97b31, bpf: Introduce may_goto instruction, and 6082b6c328b5,
// bpf: Recognize addr_space_cast instruction in the verifier).
func (p *Plan) supportArena(enum, structure, member string) formSupport {
	if p.enumerator("bpf_map_type", "BPF_MAP_TYPE_ARENA") != Unsupported {
		return formKnown
	}
	has, found := p.hasMember(structure, member)
	switch {
	case has, p.has(btfgraph.KindEnum, enum):
		return formKnown
	case found:
		return formMissing
	}
	return formDoubtful
}

// supportJumpLong asks for jumps by 32 bits, which came with the others of
// -mcpu=v4 (commit 4cd58e9af8b9, bpf: Support new 32bit offset jmp instruction)
// and alone with 6.1.71, where a fix of check_cfg needed it. No function's
// parameters and no struct's members tell; jumps on 32-bit registers are older.
func (p *Plan) supportJumpLong() formSupport {
	support := p.supportV4()
	if support == formMissing && p.supportJump32() != formMissing {
		return formDoubtful
	}
	return support
}

// supportAcquire asks for load-acquire and store-release, which came with 6.15
// (commit 880442305a39, bpf: Introduce load-acquire and store-release
// instructions), as live_regs_before in bpf_insn_aux_data and
// bpf_jit_supports_timed_may_goto did. That these are missing proves nothing of a
// kernel with a backport, nor do check_load_mem, check_store_reg and
// check_atomic_rmw, which came with them: 6.12.y has these too.
func (p *Plan) supportAcquire() formSupport {
	live, found := p.hasMember("bpf_insn_aux_data", "live_regs_before")
	switch {
	case live, p.enumerator("bpf_map_type", "BPF_MAP_TYPE_INSN_ARRAY") == Supported: // 6.19
		return formKnown
	case p.hasAny("check_atomic_load", "check_atomic_store", "bpf_jit_supports_timed_may_goto", "emit_atomic_rmw"):
		return formKnown
	case p.lacksAcquire():
		return formMissing
	case found, p.enumerator("bpf_map_type", "BPF_MAP_TYPE_ARENA") == Unsupported: // before 6.9
		return formDoubtful
	}
	return formKnown
}

// lacksAcquire reports whether the kernel has what load-acquire replaced or what
// it takes: check_load_mem, by which it is checked, passes is_ldsx on;
// check_atomic lost a parameter (commit d430c46c7580, bpf: Factor out
// check_atomic_rmw); and the JIT compilers of x86, riscv and loongarch renamed
// emit_atomic when they learnt it (of x86 commit 5341c9a4d833, bpf, x86: Support
// load-acquire and store-release instructions).
func (p *Plan) lacksAcquire() bool {
	old, _ := p.hasParam("check_atomic", "insn_idx")
	return old || p.hasAny("emit_atomic") || p.supportV4() == formMissing
}

// hasAny reports whether the kernel's BTF has one of the functions.
func (p *Plan) hasAny(functions ...string) bool {
	return slices.ContainsFunc(functions, func(name string) bool { return p.has(btfgraph.KindFunc, name) })
}

// hasParam reports whether the kernel's function of that name has a parameter
// of that name, and whether there is a prototype with names to tell. Of several
// functions of one name any does.
func (p *Plan) hasParam(fn, param string) (ok, found bool) {
	g := p.Kernel.Types
	for id := range g.ByName(btfgraph.KindFunc, fn) {
		proto := g.Ref(id)
		if g.Kind(proto) != btfgraph.KindFuncProto {
			continue
		}
		for i := range g.Vlen(proto) {
			switch g.Param(proto, i).Name {
			case param:
				return true, true
			case "":
			default:
				found = true
			}
		}
	}
	return false, found
}

// everywhere reports whether a kernel that does not know the form of an
// instruction refuses it also where no path reaches it: resolve_pseudo_ldimm64
// looks at all instructions of a program, at the opcode
// (bpf_opcode_in_insntable, since 4.18) and at the reserved fields of loads and
// stores. The fields of moves and divisions, and since 5.12 the operations of
// atomic stores, are for do_check.
func (s *instructionSet) everywhere(place instructionPlace) bool {
	switch place.form {
	case FormLoadSigned, FormAtomic:
		return true
	case FormMoveSigned, FormDivideSigned, FormAddrSpaceCast:
		return false
	case FormLoadAcquire, FormStoreRelease:
		if op := place.fn.Insns[place.insn].Op; op == opAtomic32 || op == opAtomic64 {
			return s.stores
		}
	}
	return s.opcodes
}
