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
	// Problem says why the wish cannot be met, "" if it can.
	Problem string
	// Scope is what the problem takes down.
	Scope Scope
}

const exceptionTag = "exception_callback:"

// findExceptionCallbacks judges the tags (libbpf.c, bpf_prog_assign_exc_cb;
// verifier.c, bpf_find_exception_callback_insn_off). Kernels before 5.16 get
// no tags; those from 6.7 on, which have the kfunc bpf_throw, act on them.
func (p *Plan) findExceptionCallbacks() {
	g := p.Object.Types
	if len(p.facts.exceptionTags) == 0 || p.Kernel == nil || p.enumerator("bpf_func_id", "BPF_FUNC_loop") != Supported {
		return
	}
	seen := make(map[string]int)
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
		if seen[prog.Name]++; seen[prog.Name] > 1 {
			cb.Problem = "is the second for the program"
		} else {
			cb.Problem = p.exceptionProblem(prog, subprograms[name], name)
		}
		p.ExceptionCallbacks = append(p.ExceptionCallbacks, cb)
	}
}

// exceptionProblem says why a function, nil if there is none of the name, cannot
// be a program's callback.
func (p *Plan) exceptionProblem(prog *bpfobj.Program, callback *bpfobj.Function, name string) string {
	throws := p.has(btfgraph.KindFunc, throwKfunc)
	linked := callback != nil && slices.Contains(prog.Reachable(), callback)
	if !p.Loader.Functions.ExceptionCallbacks {
		switch {
		case throws && !linked:
			return "is not linked into the program"
		case throws && callback.Linkage(p.Object.Types) != btfgraph.LinkageGlobal:
			return "is static"
		}
		return ""
	}
	switch {
	case name == "":
		return "has no name"
	case callback == nil:
		return "is no function of .text"
	case callback.Binding == bpfobj.BindLocal || callback.Hidden:
		return "is static or hidden"
	case !throws && !linked:
		return "is unknown to a kernel without exceptions"
	}
	return ""
}
