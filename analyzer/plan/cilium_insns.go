package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// checkInsns follows elf_reader.go, relocateInstruction and
// referenceRelativeJump, through the relocated instructions of a function. It
// reports whether it refused one.
func (c *ciliumELF) checkInsns(f *bpfobj.Function) bool {
	for i := range f.Refs {
		ref := &f.Refs[i]
		r := Refusal{Func: f, Insn: ref.Insn}
		code := RefuseLink
		switch {
		case ref.Symbol < 0 && ref.Func == nil && c.p.Object.Sections[f.Section].RelocErr != nil:
			continue // some of its relocations may be read
		case ref.Symbol < 0 && ref.Func == nil && f.Insns[ref.Insn].Imm == -1:
			c.unlinked(f, ref.Insn)
			continue
		case ref.Symbol < 0 && ref.Func == nil: // a call without a relocation
			r.Symbol, r.Subject, r.Detail = "func "+f.Name, fmt.Sprintf("call in function %q", f.Name), "leads to no function"
		case ref.Symbol > 0 && ref.Symbol < len(c.p.Object.Symbols) && ref.Insn < len(f.Insns):
			sym := &c.p.Object.Symbols[ref.Symbol]
			code, r.Detail = c.reference(sym, f.Insns[ref.Insn])
			c.p.blame(&r, sym, target(f.Insns[ref.Insn]))
		}
		if r.Detail != "" {
			c.refuse(code, r)
			return true
		}
	}
	return false
}

// unlinked notes a call without a relocation that the linker takes for one with
// a name that is still to come: the kernel refuses the program, which calls
// itself in the middle.
func (c *ciliumELF) unlinked(f *bpfobj.Function, insn int) {
	c.p.refuse(Refusal{
		Code: RefuseLink, Stage: StageLoad, Scope: c.p.ScopeOfFunctions(f), Func: f, Insn: insn,
		Symbol: "func " + f.Name, Subject: fmt.Sprintf("call in function %q", f.Name), Detail: "leads to no function",
	})
}

// reference says why a relocation against a symbol is refused, "" if it is not.
func (c *ciliumELF) reference(sym *bpfobj.Symbol, insn bpfobj.Insn) (Code, string) {
	switch c.kind(sym.Section) {
	case elfMaps, elfLegacyMaps:
		switch {
		case sym.Binding == bpfobj.BindLocal:
			return RefuseStatic, "is static"
		case sym.Binding != bpfobj.BindGlobal:
			return RefuseWeak, "is weak"
		case sym.Type != sttObject && sym.Type != sttNotype:
			return RefuseBinding, "is in a section of maps and is no map"
		}
	case elfData:
		switch {
		case sym.Type == sttSect, sym.Type == sttNotype:
			if sym.Binding != bpfobj.BindLocal {
				return RefuseBinding, "has no type in the symbol table"
			}
		case sym.Type != sttObject:
			return RefuseBinding, "is in a data section and is no variable"
		}
	case elfProgram:
		return c.functionReference(sym, insn)
	case elfUndef:
		return c.externReference(sym, insn)
	case elfStructOps:
		return RefuseBinding, "is in a section of struct_ops maps"
	}
	return "", ""
}

// functionReference judges a call of a function or the use of its address.
func (c *ciliumELF) functionReference(sym *bpfobj.Symbol, insn bpfobj.Insn) (Code, string) {
	switch {
	case insn.IsCall() && insn.Src != bpfobj.PseudoCall:
		return RefuseCall, "is called by an instruction that is no call of a function"
	case insn.IsCall() && sym.Type == sttSect:
		if !c.functions[codePlace{sym.Section, (int64(insn.Imm) + 1) * insnBytes}] {
			return RefuseCall, "has no function where the call leads"
		}
	case insn.IsCall() && sym.Type != sttFunction && sym.Type != sttNotype:
		return RefuseCall, "is no function"
	case insn.IsCall() && sym.Binding == bpfobj.BindLocal:
		return RefuseStatic, "is static, and called by its symbol"
	case insn.IsCall() && sym.Binding != bpfobj.BindGlobal && c.p.Loader.Object.OldReader:
		return RefuseWeak, "is weak"
	case insn.IsCall():
	case insn.Op != bpfobj.LdImm64:
		return RefuseInsn, "is used by an instruction that is neither a call nor a load"
	case sym.Type == sttFunction && sym.Binding != bpfobj.BindGlobal:
		return RefuseStatic, "is a callback that is not global, used by its symbol"
	case sym.Type != sttFunction && sym.Type != sttSect:
		return RefuseCall, "is no function"
	default:
		// The symbol's value is left out: of a function other than a section's
		// first the loader takes the first.
		if !c.functions[codePlace{sym.Section, int64(insn.Imm)}] {
			return RefuseCall, "has no function where the address leads"
		}
	}
	return "", ""
}

// externReference judges a reference to an undefined symbol.
func (c *ciliumELF) externReference(sym *bpfobj.Symbol, insn bpfobj.Insn) (Code, string) {
	switch {
	case sym.Type != sttNotype:
		return RefuseBinding, "is extern and has a type in the symbol table"
	case c.ksyms[sym.Name], insn.Op != bpfobj.LdImm64, c.kconfig == nil:
		return "", ""
	case sym.Binding != bpfobj.BindGlobal:
		return RefuseWeak, "is weak"
	case !c.kconfig[sym.Name]:
		return RefuseBinding, "is not in .kconfig"
	}
	return "", ""
}
