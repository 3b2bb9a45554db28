package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// What is wrong with functions and references, for loaders in general.
const (
	// RefuseProgram: a program that is static, lies beyond its section or is
	// not made of whole instructions.
	RefuseProgram Code = "program"
	// RefuseCall: a call that does not lead to a function of .text.
	RefuseCall Code = "call"
	// RefuseInsn: a relocation of an instruction that is no call and no ld_imm64.
	RefuseInsn Code = "insn"
	// RefuseJumpTable: a jump table on a kernel that has no map type for it.
	RefuseJumpTable Code = "jump-table"
)

const sttFunction = 2

// checkLibbpfELF follows what libbpf refuses about programs and the
// relocations of their instructions (libbpf.c, bpf_object__add_programs and
// bpf_program__record_reloc).
func checkLibbpfELF(p *Plan) {
	if section := p.Object.Section(".maps"); section != nil && p.Object.Types == nil {
		p.refuse(Refusal{
			Code: RefuseBTF, Scope: ScopeObject, Section: section.Index,
			Subject: `section ".maps"`, Detail: "has no BTF that describes it",
		})
	}
	p.checkProgramSymbols()
	p.checkMapSlots()
	arena := p.hasArena()
	for _, f := range p.Object.Functions {
		for i := range f.Refs {
			ref := &f.Refs[i]
			if ref.Symbol <= 0 || ref.Symbol >= len(p.Object.Symbols) || ref.Insn >= len(f.Insns) {
				continue
			}
			code, why := p.libbpfReference(&p.Object.Symbols[ref.Symbol], f.Insns[ref.Insn], ref, arena)
			if why != "" {
				p.refuse(Refusal{
					Code: code, Scope: ScopeObject, Func: f, Insn: ref.Insn,
					Subject: p.symbolSubject(&p.Object.Symbols[ref.Symbol]), Detail: why,
				})
				return
			}
		}
	}
}

// symbolSubject is how findings call a symbol; those of sections have no name.
func (p *Plan) symbolSubject(sym *bpfobj.Symbol) string {
	if sym.Name == "" || sym.Type == sttSect {
		return "a variable"
	}
	return fmt.Sprintf("symbol %q", sym.Name)
}

// checkProgramSymbols checks the function symbols of executable sections.
func (p *Plan) checkProgramSymbols() {
	for i := range p.Object.Symbols {
		sym := &p.Object.Symbols[i]
		if sym.Type != sttFunction || sym.Section <= 0 || sym.Section >= len(p.Object.Sections) {
			continue
		}
		s := &p.Object.Sections[sym.Section]
		if !s.Executable() {
			continue
		}
		why := ""
		end := sym.Value + sym.Size
		switch {
		case end > s.Size || end < sym.Value:
			why = fmt.Sprintf("ends at byte %d of section %q, which has %d", end, s.Name, s.Size)
		case s.Name != ".text" && sym.Binding == bpfobj.BindLocal:
			why = fmt.Sprintf("is static and in section %q", s.Name)
		case sym.Size == 0 || sym.Size%insnBytes != 0 || sym.Value%insnBytes != 0:
			why = fmt.Sprintf("of %d bytes at offset %d is not made of whole instructions", sym.Size, sym.Value)
		}
		if why != "" {
			p.refuse(Refusal{
				Code: RefuseProgram, Scope: ScopeObject, Section: sym.Section, Offset: sym.Value,
				Subject: fmt.Sprintf("function %q", sym.Name), Detail: why,
			})
		}
	}
}

// libbpfReference says why a relocated instruction is refused, "" if it is not.
// arena tells that the object has one.
func (p *Plan) libbpfReference(sym *bpfobj.Symbol, insn bpfobj.Insn, ref *bpfobj.Ref, arena bool) (Code, string) {
	call := insn.IsCall()
	switch {
	case !call && insn.Op != bpfobj.LdImm64:
		return RefuseInsn, fmt.Sprintf("is referred to by an instruction of opcode %#02x", insn.Op)
	case sym.Section == 0 && sym.Type == sttNotype && sym.Binding != bpfobj.BindLocal:
		return "", "" // an extern
	case call && insn.Src != bpfobj.PseudoCall:
		return RefuseCall, "is called by an instruction that is no call of a function"
	case sym.Section <= 0 || sym.Section >= len(p.Object.Sections):
		return RefuseReference, "is in " + p.sectionWord(sym.Section) + ", not in one of the object's own"
	}
	s := &p.Object.Sections[sym.Section]
	switch {
	case call && s.Name != ".text":
		return RefuseCall, fmt.Sprintf("is in section %q, and only functions of .text can be called", s.Name)
	case call && sym.Value%insnBytes != 0, s.Name == ".text" && !call && (sym.Value%insnBytes != 0 || insn.Imm%insnBytes != 0):
		return RefuseCall, fmt.Sprintf("is at offset %d, between instructions", sym.Value)
	case s.Name == ".addr_space.1" && !arena:
		return RefuseReference, fmt.Sprintf("is in section %q, and there is no arena", s.Name)
	case call, s.Name == ".text", s.Name == ".addr_space.1", s.Name == ".jumptables":
		return "", ""
	case s.Executable():
		return RefuseCall, fmt.Sprintf("is in section %q, and only functions of .text have an address", s.Name)
	case s.Name == ".maps" && ref.Kind != bpfobj.RefMap:
		return RefuseReference, fmt.Sprintf("is at offset %d of \".maps\", where no map starts", sym.Value)
	case s.Name != ".maps" && (ref.Map == nil || ref.Map.Kind == bpfobj.MapOther || ref.Map.Kind == bpfobj.MapLegacy):
		return RefuseReference, fmt.Sprintf("is in section %q, which it does not read", s.Name)
	}
	return "", ""
}

// hasArena reports whether the object defines an arena.
func (p *Plan) hasArena() bool {
	return slices.ContainsFunc(p.Object.Maps, func(m *bpfobj.Map) bool {
		return m.Kind == bpfobj.MapBTF && m.Def.Type == mapArena
	})
}

// checkJumpTables refuses programs with a jump table where the kernel has no
// map type for it (libbpf.c, create_jt_map).
func (p *Plan) checkJumpTables() {
	if p.enumerator("bpf_map_type", "BPF_MAP_TYPE_INSN_ARRAY") != Unsupported {
		return
	}
	for _, f := range p.Object.Functions {
		for i := range f.Refs {
			ref := &f.Refs[i]
			if ref.Kind != bpfobj.RefOther || ref.Symbol <= 0 || ref.Symbol >= len(p.Object.Symbols) {
				continue
			}
			section := p.Object.Symbols[ref.Symbol].Section
			if section <= 0 || section >= len(p.Object.Sections) || p.Object.Sections[section].Name != ".jumptables" {
				continue
			}
			p.refuse(Refusal{
				Code: RefuseJumpTable, Stage: StageLoad, Scope: p.ScopeOfFunctions(f), Func: f, Insn: ref.Insn,
				Subject: fmt.Sprintf("jump table of function %q", f.Name), Detail: "needs BPF_MAP_TYPE_INSN_ARRAY",
			})
			break
		}
	}
}
