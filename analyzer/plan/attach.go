package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// AttachPolicy is how a loader finds attach targets.
type AttachPolicy struct {
	// Modules: a target may name its module, "module:function" (libbpf.c,
	// find_kernel_btf_id).
	Modules bool
	// Application: the application names the target when it loads the program.
	// What the section says is where its author means to attach, and decides
	// nothing. Only vmlinux is searched.
	Application bool
	// NoLookup are the attach types of tracing and LSM programs for which the
	// loader has no lookup: it loads them without a target (cilium/ebpf
	// prog.go, findProgramTargetInKernel).
	NoLookup []string
}

// AttachStatus says what became of the target that a program names.
type AttachStatus uint8

// Outcomes of looking an attach target up.
const (
	AttachNone    AttachStatus = iota // the kernel's BTF has no say in where the program attaches
	AttachUnset                       // a target is needed and the object names none: the application sets it
	AttachProgram                     // the target is another BPF program, which the application names
	AttachUnknown                     // the kernel's types are unknown
	AttachFound
	AttachMissing
	// AttachAmbiguous: BTF has several types of that name and the loader refuses to choose.
	AttachAmbiguous
	// AttachIgnored: the loader has no lookup for the attach type, so that
	// the program is loaded without a target and the kernel refuses it.
	AttachIgnored
	// AttachNoSymbol: BTF has the function, and kallsyms no symbol of that name.
	AttachNoSymbol
	// AttachNotIterator: a FUNC named bpf_iter_X that is no iterator.
	AttachNotIterator
)

// AttachBinding is the outcome of looking an attach target up in kernel BTF.
// The zero value belongs to a program that has no target there.
type AttachBinding struct {
	Status AttachStatus
	// ByApplication tells that the application names the target, and may name
	// another.
	ByApplication bool
	// AtAttach tells that the lookup happens when the program attaches: a
	// missing target does not keep the program from loading.
	AtAttach bool
	// Kind and Name are what is looked up: FUNC "bpf_lsm_file_open",
	// TYPEDEF "btf_trace_sched_switch". Want is the module that a target of
	// the form "module:function" asks for.
	Kind btfgraph.Kind
	Name string
	Want string
	// Types, Module and ID say where the target was found: the graph, the
	// module's name ("" for vmlinux) and the type's id in the graph.
	Types  btfgraph.Graph
	Module string
	ID     btfgraph.ID
	// ModulesUnknown tells for a missing target that modules were not
	// searched, because nobody said which there are.
	ModulesUnknown bool
	// Renamed is the symbol that the compiler made of the function
	// ("foo.isra.0"), "" if none is known.
	Renamed string
	// LTO tells for [AttachNoSymbol] that the kernel may have been built with
	// clang's LTO, which renames symbols that the kernel finds all the same.
	LTO bool
}

// checkAttach looks up the attach target of every program (libbpf.c,
// libbpf_find_attach_btf_id; cilium/ebpf prog.go, findProgramTargetInKernel;
// verifier.c, bpf_check_attach_target).
func (p *Plan) checkAttach() {
	for i := range p.Programs {
		p.Programs[i].Target = p.bindAttach(&p.Programs[i])
	}
}

func (p *Plan) bindAttach(pp *ProgramPlan) AttachBinding {
	switch pp.ProgType {
	case "BPF_PROG_TYPE_EXT":
		return AttachBinding{Status: AttachProgram}
	case "BPF_PROG_TYPE_RAW_TRACEPOINT", "BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE":
		return p.bindRawTracepoint(pp.AttachTo)
	case "BPF_PROG_TYPE_TRACING", "BPF_PROG_TYPE_LSM":
	default:
		return AttachBinding{}
	}
	if attrs := pp.Program.Explicit; attrs != nil && attrs.AttachTarget {
		return AttachBinding{Status: AttachProgram}
	}
	if pp.Def != nil && !pp.Def.AttachBTF {
		return AttachBinding{} // ".multi": the targets come with the link
	}
	if pp.AttachTo == "" {
		return AttachBinding{Status: AttachUnset}
	}
	for _, t := range p.Loader.Attach.NoLookup {
		if pp.AttachType == t {
			return AttachBinding{Status: AttachIgnored}
		}
	}
	b := AttachBinding{Kind: btfgraph.KindFunc, ByApplication: p.Loader.Attach.Application}
	target := pp.AttachTo
	if module, function, ok := strings.Cut(target, ":"); ok && p.Loader.Attach.Modules {
		b.Want, target = module, function
	}
	switch pp.AttachType {
	case "BPF_TRACE_RAW_TP":
		b.Kind, b.Name = btfgraph.KindTypedef, "btf_trace_"+target
	case "BPF_LSM_MAC", "BPF_LSM_CGROUP":
		b.Name = "bpf_lsm_" + target
	case "BPF_TRACE_ITER":
		b.Name = "bpf_iter_" + target
	default:
		b.Name = target
	}
	p.lookUp(&b)
	p.refine(pp, &b)
	return b
}

// bindRawTracepoint looks up the tracepoint of a raw tracepoint program. The
// kernel does so by name when the program attaches (kernel/bpf/syscall.c,
// bpf_raw_tp_link_attach); BTF has a typedef for every tracepoint
// (include/trace/bpf_probe.h).
func (p *Plan) bindRawTracepoint(name string) AttachBinding {
	if name == "" || strings.ContainsAny(name, "*?") {
		return AttachBinding{}
	}
	b := AttachBinding{AtAttach: true, Kind: btfgraph.KindTypedef, Name: "btf_trace_" + name}
	p.lookUp(&b)
	return b
}

// lookUp searches vmlinux, then the modules by ascending name.
func (p *Plan) lookUp(b *AttachBinding) {
	if p.Kernel == nil || p.Kernel.Types == nil {
		b.Status = AttachUnknown
		return
	}
	b.Status = AttachMissing
	// libbpf compares as many bytes as the wanted name has: "vm:f" finds vmlinux.
	if strings.HasPrefix("vmlinux", b.Want) && p.lookUpIn(b, p.Kernel.Types, "") {
		return
	}
	if p.Loader.Attach.Application {
		return
	}
	b.ModulesUnknown = p.Kernel.Modules == nil && b.Want != "vmlinux"
	for _, module := range p.Kernel.ModuleNames() {
		if strings.HasPrefix(module, b.Want) && p.lookUpIn(b, p.Kernel.Modules[module], module) {
			return
		}
	}
}

// lookUpIn searches one graph without its base.
func (p *Plan) lookUpIn(b *AttachBinding, g btfgraph.Graph, module string) bool {
	var room [4]btfgraph.ID
	for _, id := range btfgraph.AppendNamed(room[:0], g, b.Kind, b.Name) {
		switch {
		case id < g.FirstOwn():
		case b.ID == btfgraph.Void:
			b.Status, b.Types, b.Module, b.ID = AttachFound, g, module, id
			if !p.Loader.DuplicateIsError {
				return true
			}
		default:
			b.Status = AttachAmbiguous
			return true
		}
	}
	return b.ID != btfgraph.Void
}

// refine looks closer at a target that was found: BTF has functions that no
// symbol carries, and iterators are not the only functions named bpf_iter_X.
func (p *Plan) refine(pp *ProgramPlan, b *AttachBinding) {
	if b.Status != AttachFound {
		return
	}
	switch pp.AttachType {
	case "BPF_TRACE_ITER":
		if !isIterator(b.Types, b.ID) {
			b.Status = AttachNotIterator
		}
	case "BPF_TRACE_FENTRY", "BPF_TRACE_FEXIT", "BPF_MODIFY_RETURN", "BPF_TRACE_FSESSION":
		p.refineSymbol(b)
	}
}

// isIterator reports whether a FUNC takes what an iterator's target function
// takes first: struct bpf_iter_meta * (include/linux/bpf.h,
// DEFINE_BPF_ITER_FUNC). kfuncs of open-coded iterators share the prefix.
func isIterator(g btfgraph.Graph, id btfgraph.ID) bool {
	proto := g.Ref(id)
	ptr := btfgraph.SkipModsAndTypedefs(g, g.Param(proto, 0).Type)
	return g.Kind(ptr) == btfgraph.KindPtr &&
		g.Name(btfgraph.SkipModsAndTypedefs(g, g.Ref(ptr))) == "bpf_iter_meta"
}

// refineSymbol asks kallsyms for the function. pahole writes a FUNC for
// functions that exist only as "foo.isra.0"; the kernel then does not find the
// address (verifier.c, bpf_check_attach_target, "The address of function %s
// cannot be found").
func (p *Plan) refineSymbol(b *AttachBinding) {
	symbols := p.Kernel.Symbols
	if symbols == nil || b.Module != "" || len(symbols.Lookup(b.Name)) > 0 {
		return
	}
	b.Status = AttachNoSymbol
	clones := symbols.Similar(b.Name)
	llvm := func(name string) bool { return strings.Contains(name, ".llvm.") }
	if i := slices.IndexFunc(clones, func(name string) bool { return !llvm(name) }); i >= 0 {
		b.Renamed = clones[i]
	}
	if c := p.Kernel.Config; c != nil {
		value, _ := c.Lookup("CONFIG_LTO_CLANG")
		b.LTO = value == "y"
		return
	}
	b.LTO = b.Renamed == "" || slices.ContainsFunc(clones, llvm)
}
