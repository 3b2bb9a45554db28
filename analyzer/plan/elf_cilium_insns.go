package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// checkInsns follows elf_reader.go, relocateInstruction and
// referenceRelativeJump, through the relocated instructions of a function. It
// reports whether it refused one.
func (c *ciliumELF) checkInsns(f *bpfobj.Function) bool {
	for i := range f.Refs {
		ref := &f.Refs[i]
		code, subject, why := RefuseBinding, "", ""
		switch {
		case ref.Symbol < 0:
			code, subject = RefuseLink, "call"
			why = c.relativeCall(ref)
		case ref.Symbol > 0 && ref.Symbol < len(c.p.Object.Symbols) && ref.Insn < len(f.Insns):
			sym := &c.p.Object.Symbols[ref.Symbol]
			subject = c.p.symbolSubject(sym)
			why = c.reference(sym, f.Insns[ref.Insn])
		}
		if why != "" {
			c.refuse(code, Refusal{Func: f, Insn: ref.Insn, Subject: subject, Detail: why})
			return true
		}
	}
	return false
}

// reference says why a relocation against a symbol is refused, "" if it is not.
func (c *ciliumELF) reference(sym *bpfobj.Symbol, insn bpfobj.Insn) string {
	switch c.kind(sym.Section) {
	case elfMaps, elfLegacyMaps:
		switch {
		case sym.Binding == bpfobj.BindLocal:
			return "is a static map"
		case sym.Binding != bpfobj.BindGlobal:
			return "is a weak map"
		case sym.Type != sttObject && sym.Type != sttNotype:
			return "is in a section of maps and is no map"
		}
	case elfData:
		switch {
		case sym.Type == sttSect, sym.Type == sttNotype:
			if sym.Binding != bpfobj.BindLocal {
				return "is a variable without a type"
			}
		case sym.Type != sttObject:
			return "is in a data section and is no variable"
		}
	case elfProgram:
		return c.functionReference(sym, insn)
	case elfUndef:
		return c.externReference(sym, insn)
	case elfStructOps:
		return "is in a section of struct_ops maps"
	}
	return ""
}

// functionReference judges a call of a function or the use of its address.
func (c *ciliumELF) functionReference(sym *bpfobj.Symbol, insn bpfobj.Insn) string {
	switch {
	case insn.IsCall() && insn.Src != bpfobj.PseudoCall:
		return "is called by an instruction that is no call of a function"
	case insn.IsCall() && sym.Type == sttSect:
		if !c.functions[codePlace{sym.Section, (int64(insn.Imm) + 1) * insnBytes}] {
			return "has no function where the call leads"
		}
	case insn.IsCall() && sym.Type != sttFunction && sym.Type != sttNotype:
		return "is no function"
	case insn.IsCall() && sym.Binding == bpfobj.BindLocal:
		return "is a static function, called by its symbol"
	case insn.IsCall():
	case insn.Op != bpfobj.LdImm64:
		return "is used by an instruction that is neither a call nor a load"
	case sym.Type == sttFunction && sym.Binding != bpfobj.BindGlobal:
		return "is a callback that is not global, used by its symbol"
	case sym.Type != sttFunction && sym.Type != sttSect:
		return "is no function"
	default:
		// The symbol's value is left out: of a function other than a section's
		// first the loader takes the first.
		if !c.functions[codePlace{sym.Section, int64(insn.Imm)}] {
			return "has no function where the address leads"
		}
	}
	return ""
}

// externReference judges a reference to an undefined symbol.
func (c *ciliumELF) externReference(sym *bpfobj.Symbol, insn bpfobj.Insn) string {
	switch {
	case sym.Type != sttNotype:
		return "is extern and has a type"
	case c.ksyms[sym.Name], insn.Op != bpfobj.LdImm64, c.kconfig == nil:
		return ""
	case sym.Binding != bpfobj.BindGlobal:
		return "is a weak extern of .kconfig"
	case !c.kconfig[sym.Name]:
		return "is not in .kconfig"
	}
	return ""
}

// relativeCall judges a call without a relocation.
func (c *ciliumELF) relativeCall(ref *bpfobj.Ref) string {
	if ref.Func == nil {
		return "leads to no function"
	}
	return ""
}

// ciliumDefinition is cilium/ebpf's complaint about a map definition
// (elf_reader.go, mapSpecFromBTF).
func ciliumDefinition(p *Plan, m *bpfobj.Map) string {
	if m.Kind == bpfobj.MapLegacy {
		if m.DefErr != nil {
			return m.DefErr.Error()
		}
		return ""
	}
	g := p.Object.Types
	if m.Kind != bpfobj.MapBTF || g == nil {
		return ""
	}
	def := btfgraph.SkipModsAndTypedefs(g, g.Ref(m.Var))
	if g.Kind(def) != btfgraph.KindStruct {
		return "is no struct"
	}
	return ciliumFields(g, def)
}

// ciliumFields goes through the fields of a definition.
func ciliumFields(g btfgraph.Graph, def btfgraph.ID) string {
	given := make(map[string]bool)
	for i := range g.Vlen(def) {
		field := g.Member(def, i)
		switch field.Name {
		case "type", "map_flags", "max_entries", "pinning", "map_extra", "key_size", "value_size":
			if g.Kind(field.Type) != btfgraph.KindPtr && g.Kind(field.Type) != btfgraph.KindEnum && g.Kind(field.Type) != btfgraph.KindEnum64 {
				return fmt.Sprintf("field %q is no number", field.Name)
			}
		case "key", "value":
			if g.Kind(field.Type) != btfgraph.KindPtr {
				return fmt.Sprintf("field %q is no pointer", field.Name)
			}
			// void has the size 0 there (btf/types.go, Sizeof).
			target := g.Ref(field.Type)
			if _, ok := btfgraph.SizeOf(g, target); !ok && btfgraph.SkipModsAndTypedefs(g, target) != btfgraph.Void {
				return fmt.Sprintf("field %q points to a type without a size", field.Name)
			}
		case "values":
			if i != g.Vlen(def)-1 {
				return `field "values" is not the last`
			}
			elem := g.Array(field.Type).Elem
			if inner := g.Ref(elem); g.Kind(inner) == btfgraph.KindStruct {
				if why := ciliumFields(g, inner); why != "" {
					return "inner map: " + why
				}
			}
		default:
			return fmt.Sprintf("field %q is unknown", field.Name)
		}
		given[field.Name] = true
	}
	for _, what := range [...]string{"key", "value"} {
		if given[what] && given[what+"_size"] {
			return fmt.Sprintf("has both %q and %q", what, what+"_size")
		}
	}
	return ""
}
