package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// checkLibbpfELF follows what libbpf refuses about programs and the
// relocations of their instructions (libbpf.c, bpf_object__add_programs and
// bpf_program__record_reloc).
func checkLibbpfELF(p *Plan) {
	if section := p.Object.Section(".maps"); section != nil && p.Object.Types == nil {
		p.refuse(Refusal{
			Code: RefuseBTF, Scope: ScopeObject, Section: section.Index,
			Symbol: "section .maps", Detail: "has no BTF that describes it",
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
				r := Refusal{Code: code, Scope: ScopeObject, Func: f, Insn: ref.Insn, Detail: why}
				p.blame(&r, &p.Object.Symbols[ref.Symbol], target(f.Insns[ref.Insn]))
				p.refuse(r)
				return
			}
		}
	}
}

// checkProgramSymbols checks the function symbols of executable sections.
func (p *Plan) checkProgramSymbols() {
	for i := range p.Object.Symbols {
		sym := &p.Object.Symbols[i]
		if sym.Type != sttFunction || sym.Section <= 0 || sym.Section >= len(p.Object.Sections) {
			continue
		}
		s := &p.Object.Sections[sym.Section]
		// Empty sections hold no programs (libbpf.c, bpf_object__elf_collect).
		if !s.Executable() || s.Type != shtProgbits || s.Size == 0 {
			continue
		}
		code, why := RefuseProgram, ""
		end := sym.Value + sym.Size
		switch {
		case end > s.Size || end < sym.Value:
			why = fmt.Sprintf("ends at byte %d of section %q, which has %d", end, s.Name, s.Size)
		case s.Name != ".text" && sym.Binding == bpfobj.BindLocal:
			code, why = RefuseStaticProgram, fmt.Sprintf("is static and in section %q", s.Name)
		case sym.Size == 0 || sym.Size%insnBytes != 0 || sym.Value%insnBytes != 0:
			why = fmt.Sprintf("of %d bytes at offset %d is not made of whole instructions", sym.Size, sym.Value)
		}
		if why != "" {
			p.refuse(Refusal{
				Code: code, Scope: ScopeObject, Section: sym.Section, Offset: sym.Value,
				Symbol: "func " + sym.Name, Detail: why,
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
	case s.Name == ".addr_space.1" && !p.Loader.Maps.Arena, s.Name == ".jumptables" && !p.Loader.Maps.JumpTables,
		p.Loader.Object.PlainBss && strings.HasPrefix(s.Name, ".bss."):
		return RefuseReference, fmt.Sprintf("is in section %q, which is not loaded", s.Name)
	case s.Name == ".addr_space.1" && !arena:
		return RefuseReference, fmt.Sprintf("is in section %q, and there is no arena", s.Name)
	case call, s.Name == ".text", s.Name == ".addr_space.1", s.Name == ".jumptables":
		return "", ""
	case s.Executable():
		return RefuseCall, fmt.Sprintf("is in section %q, and only functions of .text have an address", s.Name)
	case s.Name == ".maps" && ref.Kind != bpfobj.RefMap:
		return RefuseReference, fmt.Sprintf("is at offset %d of \".maps\", where no map starts", sym.Value)
	case s.Name != ".maps" && (ref.Map == nil || ref.Map.Kind == bpfobj.MapOther || ref.Map.Kind == bpfobj.MapLegacy):
		return RefuseReference, fmt.Sprintf("is in section %q, which is not loaded", s.Name)
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
		if len(p.facts.usedBy[f]) == 0 {
			continue // in no program: its table is not made
		}
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
				Symbol: "func " + f.Name, Subject: fmt.Sprintf("jump table of function %q", f.Name), Detail: "needs BPF_MAP_TYPE_INSN_ARRAY",
			})
			break
		}
	}
}

// checkMapSlots follows libbpf.c, bpf_object__collect_map_relos: the
// relocations of .maps are the initial entries of maps of maps and program
// arrays, in their member "values".
func (p *Plan) checkMapSlots() {
	section := p.Object.Section(".maps")
	if section == nil || len(section.Relocs) == 0 || p.Object.Types == nil {
		return
	}
	var maps []*bpfobj.Map
	for _, m := range p.Object.Maps {
		if m.Kind == bpfobj.MapBTF {
			maps = append(maps, m)
		}
	}
	slices.SortStableFunc(maps, func(a, b *bpfobj.Map) int { return compareOffsets(a.Offset, b.Offset) })
	programs := make(map[string]*bpfobj.Program, len(p.Object.Programs))
	for _, prog := range p.Object.Programs {
		programs[prog.Name] = prog
	}
	for _, r := range section.Relocs {
		if r.Symbol < 0 || r.Symbol >= len(p.Object.Symbols) {
			continue // a relocation table that is refused elsewhere
		}
		m := p.slotOwner(maps, r.Offset)
		symbol, subject, why := "section .maps", fmt.Sprintf("entry at byte %d of \".maps\"", r.Offset), "is in no map"
		if m != nil {
			symbol, subject = "map "+m.Name, fmt.Sprintf("initial entry of map %q", m.Name)
			why = p.slotProblem(m, r, section.Index, programs)
		}
		if why != "" {
			p.refuse(Refusal{
				Code: RefuseMapSlot, Scope: ScopeObject, Section: section.Index, Offset: r.Offset,
				Symbol: symbol, Subject: subject, Detail: why,
			})
			return
		}
	}
}

func compareOffsets(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// slotOwner is the map whose variable holds 8 bytes at an offset, nil if none does.
func (p *Plan) slotOwner(maps []*bpfobj.Map, offset uint64) *bpfobj.Map {
	i, found := slices.BinarySearchFunc(maps, offset, func(m *bpfobj.Map, at uint64) int { return compareOffsets(m.Offset, at) })
	if !found {
		i--
	}
	if i < 0 || maps[i].Symbol <= 0 || maps[i].Symbol >= len(p.Object.Symbols) {
		return nil
	}
	if size := p.Object.Symbols[maps[i].Symbol].Size; offset-maps[i].Offset > size || size-(offset-maps[i].Offset) < 8 {
		return nil
	}
	return maps[i]
}

// slotProblem says why an initial entry of a map is refused, "" if it is not.
func (p *Plan) slotProblem(m *bpfobj.Map, r bpfobj.Reloc, section int, programs map[string]*bpfobj.Program) string {
	sym := &p.Object.Symbols[r.Symbol]
	g := p.Object.Types
	switch m.Def.Type {
	case mapArrayOfMaps, mapHashOfMaps:
		if sym.Section != section || sym.Type == sttSect {
			return fmt.Sprintf("is %q, which is no map", sym.Name)
		}
		if m.Def.Type == mapHashOfMaps && m.Def.KeySize != 4 {
			return fmt.Sprintf("stands under a key of %d bytes, initial keys have 4", m.Def.KeySize)
		}
	case mapProgArray:
		if prog := programs[sym.Name]; prog == nil || prog.Section != sym.Section || prog.Offset != sym.Value {
			return fmt.Sprintf("is %q, which is no program", sym.Name)
		}
	default:
		return fmt.Sprintf("is %q, and its type has no initial entries", sym.Name)
	}
	def := btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var))
	last := g.Member(def, g.Vlen(def)-1)
	at := r.Offset - m.Offset
	switch start := uint64(last.BitOffset / 8); {
	case last.Name != "values" || at < start:
		return `is not in the member "values"`
	case (at-start)%8 != 0:
		return `is not at a multiple of 8 bytes in the member "values"`
	}
	return ""
}
