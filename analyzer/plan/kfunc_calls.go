package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// KfuncUse is what a program has to do with the kfuncs that the kernel has.
// The kernel counts them and looks at the program's license before it looks at
// any path (kernel/bpf/verifier.c, bpf_add_kfunc_call).
type KfuncUse struct {
	// First is the first call in the order of the program's functions, nil if
	// there is none.
	First *bpfobj.ExternRef
	// Different is the number of kfuncs that the program calls, OfModules that
	// of the calls of kfuncs of modules.
	Different, OfModules int
	// Sure is the same without the weak kfuncs of modules that may not be
	// loaded, whose calls the loader replaces then.
	Sure KfuncCount
}

// KfuncCount is the certain part of a [KfuncUse].
type KfuncCount struct{ Different, OfModules int }

// MayBeAbsent reports whether a weak extern was found in modules only, which
// may not be loaded: the kernel is not the running one. A strong one fails the
// load then, so what is wrong with it is wrong in any case.
func (p *Plan) MayBeAbsent(b *ExternBinding) bool {
	return p.InFile(b.Module) && (b.Extern.Weak || b.Extern.WeakUnknown)
}

// InFile reports whether a module is known from a file, so that it may not be
// loaded. The modules of the running kernel are those that are loaded.
func (p *Plan) InFile(module string) bool {
	return module != "" && p.Kernel != nil && !p.Kernel.Running
}

// countKfuncs fills in the programs' calls of kfuncs that the kernel gets to see.
func (p *Plan) countKfuncs() {
	found := make(map[*bpfobj.Extern]*ExternBinding)
	for i := range p.Externs {
		b := &p.Externs[i]
		if b.Extern.Kind == bpfobj.ExternFunc && b.Status == ExternFound && (b.Unsupported == "" || b.DeadCodeToo) {
			found[b.Extern] = b
		}
	}
	if len(found) == 0 {
		return
	}
	for i := range p.Programs {
		p.Programs[i].Kfuncs = p.kfuncUse(p.Programs[i].Program, found)
	}
}

// kfuncUse counts the calls that a program links.
func (p *Plan) kfuncUse(prog *bpfobj.Program, found map[*bpfobj.Extern]*ExternBinding) KfuncUse {
	var use KfuncUse
	// Several declarations, flavors for one, may mean one kfunc.
	type kfunc struct {
		module string
		id     btfgraph.ID
	}
	seen, certain := make(map[kfunc]bool), make(map[kfunc]bool)
	for _, f := range prog.Reachable() {
		for i := range f.Refs {
			r := &f.Refs[i]
			b := found[r.Extern]
			if r.Kind != bpfobj.RefExtern || b == nil || !f.Insns[r.Insn].IsCall() {
				continue
			}
			if use.First == nil {
				use.First = &bpfobj.ExternRef{Func: f, Insn: r.Insn, Call: true}
			}
			sure := 1
			if p.MayBeAbsent(b) {
				sure = 0
			}
			key := kfunc{b.Module, b.ID}
			if !seen[key] {
				seen[key] = true
				use.Different++
			}
			if sure > 0 && !certain[key] {
				certain[key] = true
				use.Sure.Different++
			}
			if b.Module != "" {
				use.OfModules++
				use.Sure.OfModules += sure
			}
		}
	}
	return use
}
