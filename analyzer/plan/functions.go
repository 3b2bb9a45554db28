package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/flow"
)

// FunctionPolicy is what a loader does with the linkage of functions.
type FunctionPolicy struct {
	// HiddenStatic: a hidden function in .text is given static linkage in the
	// BTF that is uploaded (libbpf.c, sanitize_and_load_btf and mark_btf_static).
	HiddenStatic bool
	// OptionalBTF: if the kernel refuses the object's BTF, an object without
	// struct_ops maps is loaded without it, and all functions count as static
	// (libbpf.c, bpf_object__sanitize_and_load_btf).
	OptionalBTF bool
	// KernelCounts: the kernel alone compares the records of functions with the
	// functions, and gets none with BTF that it refuses.
	KernelCounts bool
	// Static are the functions that are given static linkage whatever they are.
	Static []string
	// ContextTags: on kernels that know no "arg:" tags an untyped parameter
	// tagged "arg:ctx" gets the type of the program's context, where that has a
	// name (libbpf.c, bpf_program_fixup_func_info).
	ContextTags bool
	// ExceptionCallbacks: the loader links the function that a program's
	// "exception_callback:" tag names into the program.
	ExceptionCallbacks bool
}

// FunctionPlan is what the kernel makes of a function's BTF.
type FunctionPlan struct {
	Func *bpfobj.Function
	// Linkage is that of the FUNC in the BTF that is uploaded.
	Linkage btfgraph.Linkage
	// Problems are what keeps the kernel from verifying the function on its
	// own, for arguments that it does not know; nil unless it is a GLOBAL
	// subprogram.
	Problems []FunctionProblem
	// IgnoredTags are the "arg:" tags of the parameters of a static function,
	// which the kernel does not act on, in the order of the parameters.
	IgnoredTags []string
	// Callbacks are the places where its address is taken.
	Callbacks []CallbackUse
	// Forgotten is the context struct that the function takes, "" unless it
	// looks like a program whose section was forgotten: it is global, in
	// .text, takes nothing but a context, and nobody refers to it.
	Forgotten string
}

// FunctionProblem is a part of a GLOBAL function's prototype that the kernel
// refuses (kernel/bpf/btf.c, btf_prepare_func_args).
type FunctionProblem struct {
	// Param is the number of the parameter, 0-based; -1 is the return value,
	// -2 the number of parameters.
	Param int
	// Name and Type spell the parameter.
	Name, Type string
	// Detail is the complaint in one clause.
	Detail string
	// Sure is false if the target's BTF does not tell whether its kernel
	// accepts the construct. DependsOn says what does, "" for the version.
	Sure      bool
	DependsOn string
	// Verified are the programs in which the kernel certainly verifies the
	// function on its own, MayVerify those in which it does if a path reaches
	// a call, and Uncalled those in which it never does.
	Verified, MayVerify, Uncalled Scope
	// Guard is the instruction that decides in the first program of MayVerify,
	// or of Uncalled if there is none; a zero Site if none does.
	Guard flow.Site
	// Depends says what decides in the first program of MayVerify; "" if
	// nothing in particular is known to.
	Depends string
}

// CallbackUse is an instruction that takes a function's address.
type CallbackUse struct {
	Func *bpfobj.Function // that takes it
	Insn int
	// Unsupported tells that the kernel does not know function addresses in
	// programs at all: BPF_PSEUDO_FUNC, since 5.13.
	Unsupported bool
}

// planFunctions is what the loader makes of the functions, whatever the kernel is.
func (p *Plan) planFunctions() {
	p.Functions = make([]FunctionPlan, len(p.Object.Functions))
	index := make(map[*bpfobj.Function]int, len(p.Object.Functions))
	for i, f := range p.Object.Functions {
		fp := &p.Functions[i]
		*fp = FunctionPlan{Func: f, Linkage: p.submittedLinkage(f)}
		if f.Program == nil && f.Type != btfgraph.Void && len(p.facts.usedBy[f]) > 0 && fp.Linkage != btfgraph.LinkageGlobal {
			fp.IgnoredTags = p.ignoredTags(f)
		}
		index[f] = i
	}
	for _, f := range p.Object.Functions {
		if len(p.facts.usedBy[f]) == 0 {
			continue
		}
		for i := range f.Refs {
			ref := &f.Refs[i]
			if ref.Kind == bpfobj.RefFuncAddr && ref.Func != nil {
				fp := &p.Functions[index[ref.Func]]
				fp.Callbacks = append(fp.Callbacks, CallbackUse{Func: f, Insn: ref.Insn})
			}
		}
	}
	p.findForgotten()
}

// checkFunctions decides which functions the kernel verifies on their own and
// what it makes of their prototypes (verifier.c, do_check_subprogs and
// do_check_common).
func (p *Plan) checkFunctions() {
	p.Functions = slices.Clone(p.Functions)
	lacksFunc := p.lacksPseudoFunc()
	for i := range p.Functions {
		if fp := &p.Functions[i]; lacksFunc && len(fp.Callbacks) > 0 {
			fp.Callbacks = slices.Clone(fp.Callbacks)
			for k := range fp.Callbacks {
				fp.Callbacks[k].Unsupported = true
			}
		}
	}
	p.verifyGlobals()
	p.findGlobalCallees()
}

// findForgotten finds functions that look like programs.
func (p *Plan) findForgotten() {
	used := make(map[*bpfobj.Function]bool)
	for _, f := range p.Object.Functions {
		for i := range f.Refs {
			used[f.Refs[i].Func] = true
		}
	}
	for i := range p.Functions {
		if f := p.Functions[i].Func; f.Program == nil && f.SectionName == ".text" && !used[f] && f.Binding == bpfobj.BindGlobal && !f.Hidden {
			p.Functions[i].Forgotten = p.contextParam(f)
		}
	}
}

// contexts are the structs that programs take as their context
// (include/linux/bpf_types.h), tracing excepted, whose programs take what
// other functions take too.
var contexts = [...]string{
	"__sk_buff", "xdp_md", "bpf_sock", "bpf_sock_addr", "bpf_sock_ops", "sk_msg_md", "bpf_sysctl", "bpf_sockopt",
	"bpf_sk_lookup", "sk_reuseport_md", "bpf_nf_ctx", "bpf_perf_event_data", "bpf_raw_tracepoint_args", "bpf_cgroup_dev_ctx",
}

// contextParam is the context struct that is a function's only parameter, "" if
// it takes anything else.
func (p *Plan) contextParam(f *bpfobj.Function) string {
	g := p.Object.Types
	if g == nil || f.Type == btfgraph.Void {
		return ""
	}
	proto := g.Ref(f.Type)
	if g.Vlen(proto) != 1 {
		return ""
	}
	ptr := btfgraph.SkipModsAndTypedefs(g, g.Param(proto, 0).Type)
	if g.Kind(ptr) != btfgraph.KindPtr {
		return ""
	}
	if name := g.Name(btfgraph.SkipModsAndTypedefs(g, g.Ref(ptr))); slices.Contains(contexts[:], name) {
		return name
	}
	return ""
}

// findGlobalCallees finds what GLOBAL functions the struct_ops programs link.
func (p *Plan) findGlobalCallees() {
	if len(p.StructOpsPrograms) == 0 {
		return
	}
	linkage := make(map[*bpfobj.Function]btfgraph.Linkage, len(p.Functions))
	for i := range p.Functions {
		linkage[p.Functions[i].Func] = p.Functions[i].Linkage
	}
	for i := range p.StructOpsPrograms {
		sp := &p.StructOpsPrograms[i]
		for _, f := range p.Programs[sp.Program].Program.Reachable() {
			if f.Program == nil && linkage[f] == btfgraph.LinkageGlobal && p.takesPointer(f) {
				sp.GlobalCallee = f
				break
			}
		}
	}
}

// takesPointer reports whether a parameter of a function is a pointer.
func (p *Plan) takesPointer(f *bpfobj.Function) bool {
	g := p.Object.Types
	proto := g.Ref(f.Type)
	for i := range g.Vlen(proto) {
		if g.Kind(btfgraph.SkipModsAndTypedefs(g, g.Param(proto, i).Type)) == btfgraph.KindPtr {
			return true
		}
	}
	return false
}

// submittedLinkage is a function's linkage in the BTF that the kernel gets.
func (p *Plan) submittedLinkage(f *bpfobj.Function) btfgraph.Linkage {
	linkage := f.Linkage(p.Object.Types)
	if slices.Contains(p.Loader.Functions.Static, f.Name) {
		return btfgraph.LinkageStatic
	}
	if linkage == btfgraph.LinkageGlobal && f.Hidden && f.SectionName == ".text" && p.Loader.Functions.HiddenStatic {
		return btfgraph.LinkageStatic
	}
	return linkage
}

// lacksPseudoFunc reports whether the kernel certainly has no function
// addresses in programs. They came with the first helper that takes one.
func (p *Plan) lacksPseudoFunc() bool {
	return p.enumerator("bpf_func_id", "BPF_FUNC_for_each_map_elem") == Unsupported
}

// verifyGlobals finds the GLOBAL subprograms and where they are called.
//
// Since 6.8 the kernel verifies those that a path calls (verifier.c,
// do_check_subprogs, which asks bpf_func_info_aux.called); before, all that
// the program holds.
func (p *Plan) verifyGlobals() {
	knowsGlobals, _ := p.hasMember("bpf_func_info_aux", "linkage") // since 5.6
	lazy, _ := p.hasMember("bpf_func_info_aux", "called")
	loses := p.losesBTF() || p.losesExt()
	for i := range p.Functions {
		fp := &p.Functions[i]
		f := fp.Func
		if f.Program != nil || f.Type == btfgraph.Void || fp.Linkage != btfgraph.LinkageGlobal {
			continue
		}
		for _, i := range p.facts.usedBy[f] {
			prog := p.Object.Programs[i]
			if loses || p.leftOut(i) {
				continue
			}
			if !p.facts.recorded[prog.Function] && !p.facts.recorded[f] {
				continue // static for the kernel, which gets no record
			}
			problems := p.prototypeProblems(f, &p.Programs[i])
			if len(problems) == 0 {
				continue // what follows costs more
			}
			called := flow.Answer{Reach: flow.Reachable}
			if lazy {
				called = p.reach(i, flow.Site{Func: f})
			}
			if called.Reach == flow.Reachable && (!knowsGlobals || !p.facts.recorded[prog.Function] || !p.facts.recorded[f] || !p.keepsWholeBTF()) {
				called = flow.Answer{}
			}
			for _, problem := range problems {
				fp.add(problem, prog.Name, called)
			}
		}
	}
}

// add notes a problem of the function as a part of a program that calls it, or
// may, or does not.
func (fp *FunctionPlan) add(problem FunctionProblem, program string, called flow.Answer) {
	i := slices.IndexFunc(fp.Problems, func(o FunctionProblem) bool { return o.Param == problem.Param && o.Detail == problem.Detail })
	if i < 0 {
		i = len(fp.Problems)
		fp.Problems = append(fp.Problems, problem)
	}
	known := &fp.Problems[i]
	scope := [...]*Scope{flow.Unknown: &known.MayVerify, flow.Reachable: &known.Verified, flow.Dead: &known.Uncalled}[called.Reach]
	switch {
	case len(scope.Programs) > 0:
	case called.Reach == flow.Unknown:
		known.Guard, known.Depends = called.Guard, called.Depends
	case called.Reach == flow.Dead && len(known.MayVerify.Programs) == 0:
		known.Guard = called.Guard
	}
	scope.Programs = append(scope.Programs, program)
}

// keepsBTF reports whether the kernel certainly gets the function records of a
// program and of a function that it links. Without them the kernel takes every
// function for static.
func (p *Plan) keepsBTF(prog, f *bpfobj.Function) bool {
	return p.facts.recorded[prog] && p.facts.recorded[f] && p.keepsWholeBTF()
}

// keepsWholeBTF reports whether the kernel certainly gets the object's BTF, if
// the load goes on at all. A loader for which BTF is optional goes on without it
// if the kernel refuses it.
func (p *Plan) keepsWholeBTF() bool {
	return !p.losesExt() && (p.NeedsBTF() || len(p.facts.strayExterns) == 0 && p.plainBTF() && !p.oddDatasec())
}

// plainBTF is plainBTF of the BTF that the loader hands over.
func (p *Plan) plainBTF() bool {
	if p.Object.Types == nil {
		return false
	}
	if p.Loader.Object.PlainBTF {
		return p.facts.mended.get(func() bool { return plainBTF(p.Object.Types, true) })
	}
	return p.facts.plain.get(func() bool { return plainBTF(p.Object.Types, false) })
}

// losesExt reports whether the loader reads the object as if it had no
// .BTF.ext, see [ObjectPolicy.LosesExt].
func (p *Plan) losesExt() bool {
	return p.Loader.Object.LosesExt && p.facts.strayRecord
}

// oddDatasec reports whether a DATASEC has what the kernel refuses, see
// checkUpload.
func (p *Plan) oddDatasec() bool {
	return slices.ContainsFunc(p.Oddities, func(r Refusal) bool {
		return r.Stage == StageLoad && (r.Code == RefuseVariable || r.Code == RefuseDatasecName)
	})
}

// NeedsBTF reports whether the object is not loaded at all if the kernel
// refuses its BTF.
func (p *Plan) NeedsBTF() bool {
	switch {
	case !p.Loader.Functions.OptionalBTF, p.hasStructOps():
		return true
	case p.Loader.Object.BTFNeededForCORE && len(p.Object.CORE) > 0:
		return true
	}
	needs := p.Loader.Object.BTFNeeded
	return len(needs) > 0 && slices.ContainsFunc(p.Programs, func(pp ProgramPlan) bool { return slices.Contains(needs, pp.ProgType) }) ||
		p.Loader.Maps.KeepTypes && slices.ContainsFunc(p.Maps, p.keepsTypes)
}

// keepsTypes reports whether a map is created with BTF types or not at all.
func (p *Plan) keepsTypes(mp MapPlan) bool {
	for m := &mp; m != nil; m = m.Inner {
		if m.Created && m.Map.Kind == bpfobj.MapBTF && m.Def.KeyType|m.Def.ValueType != btfgraph.Void && !slices.Contains(p.Loader.Maps.Untyped, m.Def.Type) {
			return true
		}
	}
	return false
}

// StrayExterns are the extern FUNCs of the object's BTF that no DATASEC
// ".ksyms" lists and that are no undefined symbols. A loader that uploads the
// whole BTF hands them to the kernel as they are, which refuses the linkage
// (kernel/bpf/btf.c, btf_func_check_meta); those in .ksyms libbpf makes global
// before. It is empty for other loaders.
func (p *Plan) StrayExterns() []btfgraph.ID {
	if !p.Loader.Object.WholeBTF {
		return nil
	}
	// With an undefined symbol the loader does not get as far as the BTF.
	return slices.DeleteFunc(slices.Clone(p.facts.strayExterns), func(id btfgraph.ID) bool {
		return slices.ContainsFunc(p.Object.Externs, func(e *bpfobj.Extern) bool {
			return e.Symbol != 0 && e.Name == p.Object.Types.Name(id)
		})
	})
}
