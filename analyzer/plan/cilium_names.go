package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// findLostNames finds the functions that the loader can no longer connect with
// their callers, if it replaces instructions that do not resolve together with
// what is attached to them (Loader.LosesNames). The first instruction of a
// function carries its name; without it a call or an address of the function
// leads nowhere, in dead code too: `symbol "f": unsatisfied program reference`
// (cilium/ebpf v0.22.0, btf/core.go, COREFixup.Apply; linker.go, fixupKfuncs;
// asm/instruction.go, encodeFunctionReferences).
func (p *Plan) findLostNames() {
	lost := make(map[*bpfobj.Function][]int) // indices of programs
	for i := range p.CORE {
		b := &p.CORE[i]
		if b.Record.Func == nil || b.Record.Insn != 0 {
			continue
		}
		for _, prog := range p.callersOf(b.Record.Func) {
			if p.COREIn(i, prog, true).poisons() && p.COREIn(i, prog, false).poisons() {
				lost[b.Record.Func] = append(lost[b.Record.Func], prog)
			}
		}
	}
	for i := range p.Externs {
		b := &p.Externs[i]
		if b.Extern.Kind != bpfobj.ExternFunc || !b.absent(p.Loader) {
			continue
		}
		for _, ref := range b.Extern.Refs {
			if ref.Call && ref.Insn == 0 {
				lost[ref.Func] = append(lost[ref.Func], p.callersOf(ref.Func)...)
			}
		}
	}
	for _, f := range p.Object.Functions {
		programs := slices.Compact(slices.Sorted(slices.Values(lost[f])))
		if len(programs) == 0 {
			continue
		}
		r := Refusal{
			Code: RefuseName, Stage: StageLoad, Func: f, Symbol: "func " + f.Name,
			Detail: "cannot be called: its name is lost with its first instruction, which does not resolve",
		}
		for _, i := range programs {
			r.Scope.Programs = append(r.Scope.Programs, p.Object.Programs[i].Name)
		}
		p.refuse(r)
	}
}

// findHiddenNames finds references to functions at whose place another one
// lies, as LLVM makes them of equal functions: one name of a place is known, the
// last in the symbol table (cilium/ebpf v0.22.0, elf_reader.go, assignSymbols).
func (p *Plan) findHiddenNames() {
	if p.Object.FromSpec {
		return
	}
	at := make(map[codePlace]string, len(p.Object.Functions))
	names := make(map[string]bool, len(p.Object.Functions))
	code := func(s *bpfobj.Symbol) bool {
		return s.Name != "" && s.Section > 0 && s.Section < len(p.Object.Sections) && p.Object.Sections[s.Section].Executable() &&
			(s.Type == sttFunction || s.Type == sttNotype && s.Binding != bpfobj.BindLocal)
	}
	for i := range p.Object.Symbols {
		if s := &p.Object.Symbols[i]; code(s) {
			at[codePlace{s.Section, int64(s.Value)}] = s.Name
		}
	}
	for _, name := range at {
		names[name] = true
	}
	for _, f := range p.Object.Functions {
		for i := range f.Refs {
			ref := &f.Refs[i]
			if ref.Symbol <= 0 || ref.Symbol >= len(p.Object.Symbols) {
				continue
			}
			s := &p.Object.Symbols[ref.Symbol]
			scope := p.ScopeOfFunctions(f)
			if !code(s) || names[s.Name] || scope.Empty() {
				continue
			}
			p.refuse(Refusal{
				Code: RefuseHidden, Stage: StageLoad, Scope: scope, Func: f, Insn: ref.Insn, Symbol: "func " + s.Name,
				Detail: fmt.Sprintf("cannot be called: %q lies at the same place, and {loader} keeps one name", at[codePlace{s.Section, int64(s.Value)}]),
			})
			break
		}
	}
}

// callersOf are the programs that link a function and are not the function
// itself.
func (p *Plan) callersOf(f *bpfobj.Function) []int {
	return slices.DeleteFunc(slices.Clone(p.facts.usedBy[f]), func(i int) bool {
		return p.Object.Programs[i].Function == f || p.leftOut(i)
	})
}

// poisons reports whether the instruction is certainly replaced.
func (b *COREBinding) poisons() bool { return b.Status == COREPoisoned && !b.ModulesUnknown }
