package plan

import (
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

// callersOf are the programs that link a function and are not the function
// itself.
func (p *Plan) callersOf(f *bpfobj.Function) []int {
	return slices.DeleteFunc(slices.Clone(p.facts.usedBy[f]), func(i int) bool {
		return p.Object.Programs[i].Function == f || p.leftOut(i)
	})
}

// poisons reports whether the instruction is certainly replaced.
func (b *COREBinding) poisons() bool { return b.Status == COREPoisoned && !b.ModulesUnknown }
