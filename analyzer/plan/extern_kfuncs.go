package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// kfuncTag is the declaration tag that pahole gives to kfuncs since 1.26.
const kfuncTag = "bpf_kfunc"

// resolveKfunc looks a kfunc up in vmlinux, then in the modules (libbpf.c,
// bpf_object__resolve_ksym_func_btf_id; cilium/ebpf linker.go, fixupKfuncs).
func (p *Plan) resolveKfunc(b *ExternBinding) {
	essential := p.Loader.EssentialName(b.Extern.Name)
	if p.Loader.FlavoredKfuncs {
		b.Name = essential
	}
	if !p.findType(b, btfgraph.KindFunc) {
		if b.Status == ExternMissing && b.Name != essential && btfgraph.First(p.Kernel.Types, btfgraph.KindFunc, essential) != btfgraph.Void {
			b.Flavored = essential
		}
		return
	}
	b.Tag = tagOf(b.Graph, b.ID, b.Module != "")
	b.Address = p.addressOf(b)
	b.Mismatch = p.mismatch(b, b.ID)
	for _, id := range b.Duplicates {
		b.DuplicatesDiffer = b.DuplicatesDiffer || (p.mismatch(b, id) == "") != (b.Mismatch == "")
	}
	if b.Mismatch != "" {
		b.Status, b.Cause = ExternIncompatible, p.mismatchCause(b)
		return
	}
	b.Addressed = p.addressed(b.Extern)
	lack := p.flows.kfuncs.get(p.findKfuncSupport)
	b.Unsupported, b.DeadCodeToo = lack.problem, lack.deadCodeToo
}

// kfuncMarkers are types of the kernel's code for kfunc calls, which came with
// 5.13 and were renamed since (kernel/bpf/verifier.c, kernel/bpf/btf.c).
var kfuncMarkers = [...]string{"bpf_kfunc_desc", "bpf_kfunc_desc_tab", "btf_kfunc_hook", "btf_kfunc_id_set"}

// kfuncSupport is why the kernel runs no kfunc calls, the zero value if it does,
// and whether it minds those that no path reaches.
type kfuncSupport struct {
	problem     string
	deadCodeToo bool
}

// findKfuncSupport says why the kernel runs no kfunc calls. Before 5.13 the
// verifier stumbles over the call when it reaches it; without a JIT it refuses
// the program (kernel/bpf/verifier.c, bpf_add_kfunc_call).
func (p *Plan) findKfuncSupport() kfuncSupport {
	k := p.Kernel
	if k.Config != nil && k.Config.Disabled("CONFIG_BPF_JIT") {
		return kfuncSupport{"CONFIG_BPF_JIT is not set", true}
	}
	if k.Types.HasTag(kfuncTag) {
		return kfuncSupport{}
	}
	k.Types.Prefetch(kfuncMarkers[:]...)
	for _, name := range kfuncMarkers {
		if btfgraph.First(k.Types, btfgraph.KindVoid, name) != btfgraph.Void {
			return kfuncSupport{}
		}
	}
	return kfuncSupport{"it is older than 5.13", false}
}

// mismatch compares the declared type with that of a FUNC or VAR of the kernel.
func (p *Plan) mismatch(b *ExternBinding, id btfgraph.ID) string {
	return p.Loader.TypesCompatible(p.Object.Types, b.Extern.Type, b.Graph, b.Graph.Ref(id))
}

// MismatchCause is a known cause for which prototypes of a kfunc differ.
type MismatchCause uint8

// Causes of a mismatch.
const (
	MismatchOther MismatchCause = iota
	// MismatchImplicitDeclared: the object declares the last argument, which
	// the verifier passes and the kernel's prototype leaves out.
	MismatchImplicitDeclared
	// MismatchImplicitKept: the kernel's BTF keeps the argument that the
	// verifier passes, and the object does not declare it.
	MismatchImplicitKept
	// MismatchForward: one side only declares a type that the other defines.
	MismatchForward
)

// mismatchCause looks for the cause of a mismatch of prototypes.
func (p *Plan) mismatchCause(b *ExternBinding) MismatchCause {
	proto := b.Graph.Ref(b.ID)
	n, twin := b.Graph.Vlen(proto), twinOf(b.Name)
	switch more := p.Object.Types.Vlen(b.Extern.Type) - n; {
	case more == 1 && strings.HasSuffix(twin, implSuffix) && btfgraph.First(b.Graph, btfgraph.KindFunc, twin) != btfgraph.Void:
		return MismatchImplicitDeclared
	case more == -1 && isImplicit(b.Graph, b.Graph.Param(proto, n-1)):
		return MismatchImplicitKept
	case strings.Contains(b.Mismatch, "("+btfgraph.KindFwd.String()+")"):
		return MismatchForward
	}
	return MismatchOther
}

// isImplicit tells that a parameter is one that the verifier passes
// (kernel/bpf/verifier.c, is_kfunc_arg_prog_aux and is_kfunc_arg_ignore).
func isImplicit(g btfgraph.Graph, param btfgraph.Param) bool {
	t := btfgraph.SkipMods(g, param.Type)
	return g.Kind(t) == btfgraph.KindPtr &&
		(strings.HasSuffix(param.Name, "__prog") || strings.HasSuffix(param.Name, "__ign") ||
			g.Name(btfgraph.SkipMods(g, g.Ref(t))) == "bpf_prog_aux")
}

// addressed are the programs for which the kernel looks up the address of a kfunc.
func (p *Plan) addressed(e *bpfobj.Extern) Scope {
	var funcs []*bpfobj.Function
	for _, r := range e.Refs {
		if r.Call || !p.Loader.Externs.AddressIsID {
			funcs = append(funcs, r.Func)
		}
	}
	return p.ScopeOfFunctions(funcs...)
}

// findTwin looks the other name of a kfunc up where that one is to be found.
func (p *Plan) findTwin(b *ExternBinding) {
	g := b.Graph
	if g == nil {
		g = p.Kernel.Types
	}
	if twin := twinOf(b.Name); b.Status != ExternRefused && btfgraph.First(g, btfgraph.KindFunc, twin) != btfgraph.Void {
		b.Twin = twin
	}
}

// implSuffix ends the name of a kfunc with all its arguments.
const implSuffix = "_impl"

// twinOf is the other name of a kfunc with implicit arguments: recent kernels
// (7.2) have "f" for programs and "f_impl" with all arguments, older ones (6.18)
// only the latter (tools/bpf/resolve_btfids, KF_IMPLICIT_ARGS).
func twinOf(name string) string {
	if short, ok := strings.CutSuffix(name, implSuffix); ok {
		return short
	}
	return name + implSuffix
}

// findCallers finds out which calls of kfuncs that the kernel does not run are
// reached, and where the address of a missing variable is used. It takes what
// CO-RE relocations make of the programs.
func (p *Plan) findCallers() {
	if p.Kernel == nil {
		return
	}
	for i := range p.Externs {
		b := &p.Externs[i]
		switch {
		case b.Status == ExternRefused:
		case b.Extern.Kind == bpfobj.ExternFunc:
			if b.asksCallers() {
				b.Reach = p.callers(b.Extern)
			}
		case b.Extern.Kind == bpfobj.ExternVar && !b.Extern.Typeless() && b.absent(p.Loader):
			for _, r := range b.Extern.Refs {
				b.NullUses = append(b.NullUses, misuses(r, accessed|passed)...)
			}
		}
	}
}

// callers tells which of the programs that link a call of the extern reach one.
func (p *Plan) callers(e *bpfobj.Extern) Reach {
	var all Reach
	for _, r := range e.Refs {
		if !r.Call {
			continue
		}
		one := p.ReachOf(r.Func, r.Insn)
		all.Certain = all.Certain.union(one.Certain)
		all.Possible = all.Possible.union(one.Possible)
		all.Dead = all.Dead.union(one.Dead)
	}
	all.Possible = all.Possible.without(all.Certain)
	all.Dead = all.Dead.without(all.Certain).without(all.Possible)
	all.Certain, all.Possible, all.Dead = p.ordered(all.Certain), p.ordered(all.Possible), p.ordered(all.Dead)
	return all
}

// tagOf is what the tags say. The tags of vmlinux prove nothing about a module.
func tagOf(g btfgraph.Graph, id btfgraph.ID, module bool) TagEvidence {
	if !g.HasTag(kfuncTag) {
		return TagUnknown
	}
	if g.Tagged(id, kfuncTag) {
		return TagKfunc
	}
	if !module {
		return TagNone
	}
	for own := g.FirstOwn(); int(own) < g.Len(); own++ {
		if g.Kind(own) == btfgraph.KindDeclTag && g.Name(own) == kfuncTag {
			return TagNone
		}
	}
	return TagUnknown
}

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
	return p.InFile(b.Module) && b.Extern.MayBeWeak()
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
		sure   int
	}
	var room [32]kfunc
	called := room[:0]
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
			call := kfunc{module: b.Module, id: b.ID, sure: 1}
			if p.MayBeAbsent(b) {
				call.sure = 0
			}
			if b.Module != "" {
				use.OfModules++
				use.Sure.OfModules += call.sure
			}
			called = append(called, call)
		}
	}
	slices.SortFunc(called, func(a, b kfunc) int {
		return cmp.Or(strings.Compare(a.module, b.module), cmp.Compare(a.id, b.id), cmp.Compare(b.sure, a.sure))
	})
	for i, call := range called {
		if i == 0 || call.module != called[i-1].module || call.id != called[i-1].id {
			use.Different++
			use.Sure.Different += call.sure
		}
	}
	return use
}
