package plan

import (
	"slices"
	"sort"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// InstructionForm is a sort of instructions that the BPF instruction set got
// after the first kernels with BTF, or shortly before them.
type InstructionForm uint8

// The forms, in the order in which kernels got them.
const (
	FormJump32        InstructionForm = iota + 1 // a jump that compares 32-bit registers
	FormAtomic                                   // an atomic operation other than an addition without its result
	FormLoadSigned                               // a load that extends the sign
	FormMoveSigned                               // a move that extends the sign
	FormSwap                                     // an unconditional byte swap
	FormDivideSigned                             // a signed division or remainder
	FormJumpLong                                 // a jump by 32 bits
	FormMayGoto                                  // a jump that the kernel takes sooner or later
	FormAddrSpaceCast                            // a cast between address spaces, for arenas
	FormLoadAcquire                              // a load that later accesses do not overtake
	FormStoreRelease                             // a store that does not overtake earlier accesses
	FormGotoX                                    // a jump to an address in a register

	formEnd
)

// String is the form's name, as the kernel's sources and assemblers have it.
func (f InstructionForm) String() string {
	return nameOf([]string{
		"", "jmp32", "atomic", "ldsx", "movsx", "bswap", "sdiv", "gotol", "may_goto", "addr_space_cast",
		"load_acquire", "store_release", "gotox",
	}, uint32(f))
}

// InstructionUse is a form of instructions that the kernel does not know, in
// programs of which the same is known.
type InstructionUse struct {
	Form InstructionForm
	// Sure tells that the kernel's types prove that its verifier does not know
	// the form. Otherwise they only lack what else came with the same version.
	Sure bool
	// Func and Insn are the first place in the programs of Reach.
	Func *bpfobj.Function
	Insn int // slot index within Func
	// Places is the number of instructions of the form in all functions that
	// programs link; of FormJump32 that of the functions that have one.
	Places int
	// Reach has programs in one of its scopes: the kernel refuses the
	// instruction wherever it stands, or where a path reaches it.
	Reach
}

// Spelling is the instruction at the place as an assembler writes it.
func (u *InstructionUse) Spelling() string { return spellInstruction(u.Form, u.Func.Insns[u.Insn]) }

// instructionPlace is an instruction of one of the forms.
type instructionPlace struct {
	fn   *bpfobj.Function
	insn int
	form InstructionForm
}

// Kinds of opcodes in opcodeKinds that are no forms.
const (
	opcodeCall    = uint8(formEnd) + iota
	opcodeLdImm64 // takes two slots
	opcodeMov     // FormMoveSigned, FormAddrSpaceCast or a plain move, by the offset
	opcodeDiv     // FormDivideSigned or unsigned, by the offset
	opcodeAtomic  // told apart by the immediate
)

// opcodeKinds says of every opcode what the walk over an object's instructions
// has to look at: a form, one of the kinds above, or 0 for nothing.
var opcodeKinds = [256]uint8{
	bpfobj.LdImm64: opcodeLdImm64,
	0x85:           opcodeCall, // JMP | CALL
	0x0d:           uint8(FormGotoX),
	0xe5:           uint8(FormMayGoto), // JMP | JCOND
	0x06:           uint8(FormJumpLong),
	0xd7:           uint8(FormSwap), // ALU64 | END

	// LDX | MEMSX of 4, 2 and 1 bytes
	0x81: uint8(FormLoadSigned), 0x89: uint8(FormLoadSigned), 0x91: uint8(FormLoadSigned),
	// STX | ATOMIC of 4, 2, 1 and 8 bytes
	0xc3: opcodeAtomic, 0xcb: opcodeAtomic, 0xd3: opcodeAtomic, 0xdb: opcodeAtomic,
	0xbc: opcodeMov, 0xbf: opcodeMov, // MOV | X
	0x34: opcodeDiv, 0x3c: opcodeDiv, 0x37: opcodeDiv, 0x3f: opcodeDiv, // DIV
	0x94: opcodeDiv, 0x9c: opcodeDiv, 0x97: opcodeDiv, 0x9f: opcodeDiv, // MOD

	// JMP32 with an immediate and with a register: JEQ, JGT, JGE, JSET, JNE,
	// JSGT, JSGE, JLT, JLE, JSLT, JSLE
	0x16: uint8(FormJump32), 0x1e: uint8(FormJump32), 0x26: uint8(FormJump32), 0x2e: uint8(FormJump32),
	0x36: uint8(FormJump32), 0x3e: uint8(FormJump32), 0x46: uint8(FormJump32), 0x4e: uint8(FormJump32),
	0x56: uint8(FormJump32), 0x5e: uint8(FormJump32), 0x66: uint8(FormJump32), 0x6e: uint8(FormJump32),
	0x76: uint8(FormJump32), 0x7e: uint8(FormJump32), 0xa6: uint8(FormJump32), 0xae: uint8(FormJump32),
	0xb6: uint8(FormJump32), 0xbe: uint8(FormJump32), 0xc6: uint8(FormJump32), 0xce: uint8(FormJump32),
	0xd6: uint8(FormJump32), 0xde: uint8(FormJump32),
}

// formOf is the form of an instruction whose opcode is of a kind, 0 for one
// that every kernel with BTF knows.
func formOf(kind uint8, insn bpfobj.Insn) InstructionForm {
	switch kind {
	case opcodeMov:
		return formOfMove(insn)
	case opcodeDiv:
		if insn.Off == 1 {
			return FormDivideSigned
		}
		return 0
	case opcodeAtomic:
		switch {
		case insn.Imm == atomicLoadAcquire:
			return FormLoadAcquire
		case insn.Imm == atomicStoreRelease:
			return FormStoreRelease
		case insn.Imm != 0 && (insn.Op == opAtomic32 || insn.Op == opAtomic64):
			return FormAtomic
		}
		return 0
	}
	return InstructionForm(kind)
}

func formOfMove(insn bpfobj.Insn) InstructionForm {
	switch {
	case insn.Off == 0:
	case insn.Off == 8, insn.Off == 16, insn.Off == 32 && insn.Op == opMovReg:
		return FormMoveSigned
	case insn.Off == 1 && insn.Op == opMovReg:
		return FormAddrSpaceCast
	}
	return 0
}

// walkInstructions notes a function's calls of helpers, and its instructions
// that some kernels do not know.
func (f *facts) walkInstructions(fn *bpfobj.Function) {
	jumps := false
	for i := 0; i < len(fn.Insns); i++ {
		kind := opcodeKinds[fn.Insns[i].Op]
		switch kind {
		case 0:
		case opcodeLdImm64:
			i++
		case opcodeCall:
			if insn := fn.Insns[i]; insn.IsHelperCall() && refAt(fn, i) == nil {
				f.helpers = append(f.helpers, helperCall{fn, i, insn.Imm})
			}
		case uint8(FormJump32):
			if !jumps { // every second function of a modern object has many
				f.instructions = append(f.instructions, instructionPlace{fn, i, FormJump32})
			}
			jumps = true
		default:
			if form := formOf(kind, fn.Insns[i]); form != 0 {
				f.instructions = append(f.instructions, instructionPlace{fn, i, form})
			}
		}
	}
}

// UnsupportedInstructions are the forms of instructions that the kernel does
// not know, by form; those in programs that certainly hold one come first.
func (p *Plan) UnsupportedInstructions() []InstructionUse {
	set := p.instructions()
	if !set.missing {
		return nil
	}
	var uses []InstructionUse
	for form := FormJump32; form < formEnd; form++ {
		if set.forms[form] != formKnown && !p.refusedMapOf(form) {
			uses = p.addUses(uses, form, &set)
		}
	}
	return uses
}

// refusedMapOf reports whether the kernel refuses the map that the instructions
// of a form need, which is said of the map.
func (p *Plan) refusedMapOf(form InstructionForm) bool {
	switch form {
	case FormAddrSpaceCast:
		return slices.ContainsFunc(p.Maps, func(mp MapPlan) bool { return mp.Def.Type == mapArena && mp.Support.No() })
	case FormGotoX:
		return slices.ContainsFunc(p.Refusals, func(r Refusal) bool { return r.Code == RefuseJumpTable })
	}
	return false
}

// formUse is what is known of a form in one program.
type formUse struct {
	held   bool // the program links a place
	answer flow.Answer
	place  instructionPlace
}

// addUses adds up to three uses of a form: in the programs that the kernel
// refuses for it, in those that it may refuse, and if there are none in those
// that it does not.
func (p *Plan) addUses(uses []InstructionUse, form InstructionForm, set *instructionSet) []InstructionUse {
	programs, places := p.findForm(form, set)
	start := len(uses)
	for _, reach := range [...]flow.Reach{flow.Reachable, flow.Unknown, flow.Dead} {
		if reach == flow.Dead && len(uses) > start {
			break
		}
		use := InstructionUse{Form: form, Sure: set.forms[form] == formMissing, Places: places}
		scope := use.scope(reach)
		for i := range programs {
			known := &programs[i]
			if !known.held || known.answer.Reach != reach {
				continue
			}
			if len(scope.Programs) == 0 {
				use.Func, use.Insn = known.place.fn, known.place.insn
				use.Guard, use.Depends = known.answer.Guard, known.answer.Depends
			}
			scope.Programs = append(scope.Programs, p.Object.Programs[i].Name)
		}
		if len(scope.Programs) > 0 {
			uses = append(uses, use)
		}
	}
	return uses
}

// findForm finds the instructions of a form that the kernel gets: how many there
// are, and by index of the program the first of those that it most likely reaches.
func (p *Plan) findForm(form InstructionForm, set *instructionSet) (programs []formUse, places int) {
	programs = make([]formUse, len(p.Object.Programs))
	var decided *bpfobj.Function // all programs that link it are known to reach an instruction
	for _, place := range p.facts.instructions {
		if place.form != form || !p.keepsInstruction(place) {
			continue
		}
		places++
		if place.fn == decided {
			continue
		}
		decided = place.fn
		for _, i := range p.facts.usedBy[place.fn] {
			known := &programs[i]
			if p.leftOut(i) || known.held && known.answer.Reach == flow.Reachable {
				continue
			}
			answer := flow.Answer{Reach: flow.Reachable}
			if !set.everywhere(place) {
				answer = p.reach(i, flow.Site{Func: place.fn, Insn: place.insn})
			}
			if !known.held || answer.Reach == flow.Reachable || answer.Reach == flow.Unknown && known.answer.Reach == flow.Dead {
				*known = formUse{true, answer, place}
			}
			if answer.Reach != flow.Reachable {
				decided = nil
			}
		}
	}
	return programs, places
}

// keepsInstruction reports whether the kernel certainly gets an instruction in
// the form that it has in the object: a CO-RE relocation that does not resolve
// puts another in its place (libbpf relo_core.c, bpf_core_poison_insn).
func (p *Plan) keepsInstruction(place instructionPlace) bool {
	records := place.fn.CORE
	first := sort.Search(len(records), func(i int) bool { return p.Object.CORE[records[i]].Insn >= place.insn })
	for _, i := range records[first:] {
		if p.Object.CORE[i].Insn != place.insn {
			break
		}
		if i >= len(p.CORE) || p.CORE[i].Status != COREPatched || len(p.CORE[i].Others) > 0 {
			return false
		}
	}
	return true
}
