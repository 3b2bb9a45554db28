package plan

import (
	"sort"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Opcodes that end a straight line (include/uapi/linux/bpf.h). Every jump of
// class BPF_JMP or BPF_JMP32 does, except a call.
const (
	opClass   = 0x07
	classJMP  = 0x05
	classJMP3 = 0x06
	opCall    = 0x85
)

// throwKfunc does not return: what follows a call that may reach it is not certain.
const throwKfunc = "bpf_throw"

// executedBy divides the programs that link an instruction into those that
// execute it on every path and the others. Certain are the instructions up to
// the first jump of the program, and those up to the first jump of a function
// that is called there.
//
// What comes later may be dead, and the kernel does not look at dead code for
// most of what it refuses: telling is the business of package flow.
func (p *Plan) executedBy(f *bpfobj.Function, insn int) (certain, possible Scope) {
	for _, i := range p.facts.usedBy[f] {
		if p.leftOut(i) {
			continue
		}
		prog := p.Object.Programs[i]
		if insn < p.straight(prog)[f] {
			certain.Programs = append(certain.Programs, prog.Name)
		} else {
			possible.Programs = append(possible.Programs, prog.Name)
		}
	}
	return certain, possible
}

// straight returns, per function that the program certainly enters, how many
// of its leading slots it certainly executes.
func (p *Plan) straight(prog *bpfobj.Program) map[*bpfobj.Function]int {
	p.facts.mu.Lock()
	defer p.facts.mu.Unlock()
	if s, ok := p.facts.executed[prog]; ok {
		return s
	}
	throws := reachesThrow(prog.Function)
	s := make(map[*bpfobj.Function]int)
	todo := []*bpfobj.Function{prog.Function}
	for len(todo) > 0 {
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, seen := s[f]; seen {
			continue
		}
		end, callees := straightLine(f, throws)
		s[f] = end
		todo = append(todo, callees...)
	}
	if p.facts.executed == nil {
		p.facts.executed = make(map[*bpfobj.Program]map[*bpfobj.Function]int)
	}
	p.facts.executed[prog] = s
	return s
}

// straightLine returns the number of leading slots of a function up to and
// including its first jump or exit, and the functions that it calls there.
// With throws, a call of a subprogram ends the line.
func straightLine(f *bpfobj.Function, throws bool) (end int, callees []*bpfobj.Function) {
	for i := 0; i < len(f.Insns); i++ {
		insn := f.Insns[i]
		if insn.Op == bpfobj.LdImm64 {
			i++
			continue
		}
		if class := insn.Op & opClass; class != classJMP && class != classJMP3 {
			continue
		}
		if insn.Op != opCall {
			return i + 1, callees
		}
		ref := refAt(f, i)
		switch {
		case ref == nil:
		case ref.Func != nil:
			callees = append(callees, ref.Func)
			if throws {
				return i + 1, callees
			}
		case ref.Extern != nil && ref.Extern.Name == throwKfunc:
			return i + 1, callees
		}
	}
	return len(f.Insns), callees
}

// refAt is the reference of the instruction at a slot, nil if it has none.
func refAt(f *bpfobj.Function, insn int) *bpfobj.Ref {
	i := sort.Search(len(f.Refs), func(i int) bool { return f.Refs[i].Insn >= insn })
	if i < len(f.Refs) && f.Refs[i].Insn == insn {
		return &f.Refs[i]
	}
	return nil
}

// reachesThrow reports whether a function or one that it links throws.
func reachesThrow(f *bpfobj.Function) bool {
	for _, callee := range f.Reachable() {
		for i := range callee.Refs {
			if e := callee.Refs[i].Extern; e != nil && e.Name == throwKfunc {
				return true
			}
		}
	}
	return false
}
