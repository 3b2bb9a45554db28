package plan

import (
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// refSuffix ends the names of a stub's parameters that are passed with a
// reference (kernel/bpf/bpf_struct_ops.c, prepare_arg_info).
const refSuffix = "__ref"

// helperTailCall is the number of the helper bpf_tail_call.
const helperTailCall = 12

// RefTailCall is a tail call of a struct_ops program that gets an argument with
// a reference, which the kernel refuses, reached or not (kernel/bpf/verifier.c,
// check_struct_ops_btf_id: "program with __ref argument cannot tail call").
type RefTailCall struct {
	Slot StructOpsSlot
	// Param is the argument's name in the kernel, without its suffix.
	Param string
	// Func and Insn are the tail call.
	Func *bpfobj.Function
	Insn int
}

// RefTailCalls are the first such calls of each program, in the order of
// StructOpsPrograms.
func (p *Plan) RefTailCalls() []RefTailCall {
	if len(p.StructOpsPrograms) == 0 {
		return nil
	}
	calls := p.tailCalls()
	if len(calls) == 0 {
		return nil
	}
	var list []RefTailCall
	for i := range p.StructOpsPrograms {
		sp := &p.StructOpsPrograms[i]
		call := p.linkedCall(sp.Program, calls)
		if call == nil {
			continue
		}
		for _, slot := range sp.Slots {
			b := &p.StructOps[slot.Map]
			if b.Status != StructOpsBound || b.Members[slot.Member].Outcome != MemberCallback {
				continue
			}
			if param := refParam(b, b.Members[slot.Member].Member.Name); param != "" {
				list = append(list, RefTailCall{Slot: slot, Param: param, Func: call.fn, Insn: call.insn})
				break
			}
		}
	}
	return list
}

// tailCalls are the first tail calls of functions.
func (p *Plan) tailCalls() map[*bpfobj.Function]*helperCall {
	calls := make(map[*bpfobj.Function]*helperCall)
	for i := range p.facts.helpers {
		if h := &p.facts.helpers[i]; h.id == helperTailCall && calls[h.fn] == nil {
			calls[h.fn] = h
		}
	}
	return calls
}

// linkedCall is the first of the calls in what a program links, nil if there is none.
func (p *Plan) linkedCall(prog int, calls map[*bpfobj.Function]*helperCall) *helperCall {
	for _, f := range p.Object.Programs[prog].Reachable() {
		if h := calls[f]; h != nil {
			return h
		}
	}
	return nil
}

// refParam is the first parameter of a callback that comes with a reference, ""
// if none does: the names of its stub tell.
func refParam(b *StructOpsBinding, member string) string {
	for _, name := range stubNames(b.TypeName, member) {
		stub := btfgraph.First(b.Types, btfgraph.KindFunc, name)
		if stub == btfgraph.Void {
			continue
		}
		proto := b.Types.Ref(stub)
		for i := range b.Types.Vlen(proto) {
			if param, ok := strings.CutSuffix(b.Types.Param(proto, i).Name, refSuffix); ok {
				return param
			}
		}
		return ""
	}
	return ""
}
