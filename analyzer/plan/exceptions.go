package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ExceptionCallback is the wish of a program, a tag "exception_callback:NAME"
// on its FUNC, to have a function called when it throws.
type ExceptionCallback struct {
	Program  string
	Callback string
	// Problem says why the wish cannot be met, "" if it can; Fault is the sort
	// of the reason.
	Problem string
	Fault   CallbackFault
	// Scope is what the problem takes down.
	Scope Scope
}

// CallbackFault is a sort of reasons for which a callback cannot be linked.
type CallbackFault uint8

// Sorts of reasons in [ExceptionCallback.Fault].
const (
	CallbackFaultNone     CallbackFault = iota
	CallbackFaultSecond                 // the program has two tags
	CallbackFaultFunction               // it is no global function of .text
	CallbackFaultUnlinked               // the loader links only what the program calls
	CallbackFaultKernel                 // the kernel has no exceptions
)

const exceptionTag = "exception_callback:"

// findExceptionCallbacks judges the tags (libbpf.c, bpf_prog_assign_exc_cb;
// verifier.c, bpf_find_exception_callback_insn_off). Kernels before 5.16 get
// no tags; those from 6.7 on, which have the kfunc bpf_throw, act on them.
func (p *Plan) findExceptionCallbacks() {
	g := p.Object.Types
	if len(p.facts.exceptionTags) == 0 || p.Kernel == nil || p.enumerator("bpf_func_id", "BPF_FUNC_loop") != Supported {
		return
	}
	throws := p.has(btfgraph.KindFunc, throwKfunc)
	seen := make(map[string]int)
	tags := make(map[string]int)
	for _, id := range p.facts.exceptionTags {
		tags[g.Name(g.Ref(id))]++
	}
	programs := make(map[string]*bpfobj.Program)
	subprograms := make(map[string]*bpfobj.Function)
	for _, f := range p.Object.Functions {
		if f.Program != nil {
			programs[f.Name] = f.Program
		} else if f.SectionName == ".text" && subprograms[f.Name] == nil {
			subprograms[f.Name] = f
		}
	}
	for _, id := range p.facts.exceptionTags {
		name := strings.TrimPrefix(g.Name(id), exceptionTag)
		cb := ExceptionCallback{Program: g.Name(g.Ref(id)), Callback: name}
		prog := programs[cb.Program]
		if prog == nil {
			continue
		}
		cb.Scope = Scope{Programs: []string{prog.Name}}
		// With two tags libbpf links neither function: a kernel without
		// exceptions sees nothing of them.
		if seen[prog.Name]++; seen[prog.Name] == 1 {
			cb.Fault, cb.Problem = p.exceptionProblem(prog, subprograms[name], name)
			if cb.Fault == CallbackFaultKernel && tags[prog.Name] > 1 {
				cb.Fault, cb.Problem = CallbackFaultNone, ""
			}
		} else if throws && p.keepsBTF(prog.Function, prog.Function) {
			cb.Fault, cb.Problem = CallbackFaultSecond, "is the second for the program"
		}
		p.ExceptionCallbacks = append(p.ExceptionCallbacks, cb)
	}
}

// exceptionProblem says why a function, nil if there is none of the name, cannot
// be a program's callback. The kernel sees the tags if it gets the records of
// the functions; libbpf reads them in any case.
func (p *Plan) exceptionProblem(prog *bpfobj.Program, callback *bpfobj.Function, name string) (CallbackFault, string) {
	throws := p.has(btfgraph.KindFunc, throwKfunc)
	linked := callback != nil && slices.Contains(prog.Reachable(), callback)
	if !p.Loader.Functions.ExceptionCallbacks {
		switch {
		case !throws || !p.keepsBTF(prog.Function, prog.Function):
		case !linked:
			return CallbackFaultUnlinked, "is not linked into the program"
		case p.facts.recorded[callback] && callback.Linkage(p.Object.Types) != btfgraph.LinkageGlobal:
			return CallbackFaultFunction, "is static"
		}
		return CallbackFaultNone, ""
	}
	switch {
	case name == "":
		return CallbackFaultFunction, "has no name"
	case callback == nil:
		return CallbackFaultFunction, "is no function of .text"
	case callback.Binding == bpfobj.BindLocal || callback.Hidden:
		return CallbackFaultFunction, "is static or hidden"
	case !throws && !linked:
		return CallbackFaultKernel, "needs " + throwKfunc
	case !throws:
		return CallbackFaultNone, ""
	}
	return p.callbackPrototype(callback)
}

// callbackPrototype judges the prototype of a callback, which the kernel always
// verifies (verifier.c, do_check_subprogs and do_check_common, "exception cb only
// supports single integer argument").
func (p *Plan) callbackPrototype(callback *bpfobj.Function) (CallbackFault, string) {
	g := p.Object.Types
	proto := g.Ref(callback.Type)
	if callback.Type == btfgraph.Void || g.Kind(proto) != btfgraph.KindFuncProto {
		return CallbackFaultNone, ""
	}
	if fp, bad := p.returnProblem(g, g.Ref(proto)); bad && fp.Sure {
		return CallbackFaultFunction, fp.Detail
	}
	switch g.Kind(btfgraph.SkipModsAndTypedefs(g, g.Param(proto, 0).Type)) {
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64:
		if g.Vlen(proto) == 1 {
			return CallbackFaultNone, ""
		}
	}
	return CallbackFaultFunction, "does not take one number"
}
