package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Numbers in [FunctionProblem.Param] that are no parameter.
const (
	ParamReturn = -1
	ParamCount  = -2
)

// maxParams is what a function may take in registers (MAX_BPF_FUNC_REG_ARGS).
const maxParams = 5

// stackArgs is the function of kernels that have arguments on the stack; which
// functions take them there is not known.
const stackArgs = "bpf_jit_supports_stack_args"

// prototypeProblems says what of a GLOBAL function's prototype keeps the
// kernel from verifying it alone, as a part of a program (kernel/bpf/btf.c,
// btf_prepare_func_args; verifier.c, do_check_common).
func (p *Plan) prototypeProblems(f *bpfobj.Function, pp *ProgramPlan) []FunctionProblem {
	g := p.Object.Types
	proto := g.Ref(f.Type)
	if g.Kind(proto) != btfgraph.KindFuncProto {
		return nil
	}
	var list []FunctionProblem
	if fp, bad := p.returnProblem(g, g.Ref(proto)); bad {
		list = append(list, fp)
	}
	if n := g.Vlen(proto); n > maxParams {
		list = append(list, FunctionProblem{Param: ParamCount, Detail: fmt.Sprintf("%d parameters, a global function has at most %d", n, maxParams), Sure: !p.has(btfgraph.KindFunc, stackArgs)})
		return list
	}
	tags := p.facts.argTags[f.Type]
	for i := range g.Vlen(proto) {
		param := g.Param(proto, i)
		fp := FunctionProblem{Param: i, Name: param.Name, Type: spell(g, param.Type), Sure: true}
		if t := tags[i]; len(t) > 0 {
			fp.Detail, fp.Sure = p.taggedProblem(g, param.Type, t, pp)
			if !fp.Sure {
				fp.DependsOn = candidateCache
			}
		} else {
			fp.Detail, fp.Sure = p.paramProblem(g, param.Type)
		}
		if fp.Detail != "" {
			list = append(list, fp)
		}
	}
	return list
}

// returnProblem judges the return type: an integer or enum on every version,
// void too on those that have the function subprog_returns_void in their
// verifier (after fsession, which came in 7.0).
func (p *Plan) returnProblem(g btfgraph.Graph, id btfgraph.ID) (FunctionProblem, bool) {
	fp := FunctionProblem{Param: ParamReturn, Type: spell(g, id), Sure: true}
	switch g.Kind(btfgraph.SkipModsAndTypedefs(g, id)) {
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64:
		return fp, false
	case btfgraph.KindVoid:
		if p.has(btfgraph.KindFunc, "subprog_returns_void") {
			return fp, false
		}
		fp.Detail = "returns nothing"
		fp.Sure = p.enumerator("bpf_attach_type", "BPF_TRACE_FSESSION") == Unsupported
	case btfgraph.KindPtr:
		fp.Detail = "returns a pointer"
		fp.Sure = p.enumerator("bpf_attach_type", "BPF_TRACE_FSESSION") == Unsupported
	default:
		fp.Detail = "does not return an integer"
	}
	return fp, true
}

// paramProblem judges a parameter without tags.
func (p *Plan) paramProblem(g btfgraph.Graph, id btfgraph.ID) (detail string, sure bool) {
	t := btfgraph.SkipModsAndTypedefs(g, id)
	switch g.Kind(t) {
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64:
		return "", true
	case btfgraph.KindPtr:
	default:
		return "is no integer and no pointer", true
	}
	if p.mayBeContext(g, g.Ref(t)) {
		return "", true
	}
	if why := unsized(g, g.Ref(t)); why != "" {
		return why, true
	}
	// Memory of a known size: since 5.12. That version has helper check_mtu
	// and the function check_mem_reg in its verifier.
	if p.enumerator("bpf_func_id", "BPF_FUNC_check_mtu") == Unsupported && !p.has(btfgraph.KindFunc, "check_mem_reg") {
		return "is a pointer, not the context", true
	}
	return "", true
}

// unsized says why the size of what a pointer points to is not known, "" if it is.
func unsized(g btfgraph.Graph, id btfgraph.ID) string {
	switch g.Kind(btfgraph.SkipModsAndTypedefs(g, id)) {
	case btfgraph.KindVoid:
		return "points to memory of no known size"
	case btfgraph.KindFwd:
		return "points to a type without a definition"
	case btfgraph.KindFuncProto:
		return "points to a function"
	}
	return ""
}

// mayBeContext reports whether a pointee may be taken for a program's context:
// a struct of the name that struct bpf_ctx_convert has for some program type,
// or the typedef of kprobes (kernel/bpf/btf.c, btf_is_prog_ctx_type).
func (p *Plan) mayBeContext(g btfgraph.Graph, id btfgraph.ID) bool {
	for range maxTypedefs {
		id = btfgraph.SkipMods(g, id)
		if g.Kind(id) != btfgraph.KindTypedef {
			break
		}
		if g.Name(id) == "bpf_user_pt_regs_t" {
			return true
		}
		id = g.Ref(id)
	}
	if g.Kind(id) != btfgraph.KindStruct || p.Kernel == nil {
		return false
	}
	name := g.Name(id)
	for _, progType := range progTypes[1:] {
		if ctx, ok := p.Kernel.CtxType(progType); ok && ctx == name {
			return true
		}
	}
	return false
}

// maxTypedefs bounds a walk along typedefs, which may be cyclic in hostile BTF.
const maxTypedefs = 32

// argTags tells whether the kernel acts on "arg:" tags of GLOBAL functions. Those
// that do have enum btf_arg_tag, whose enumerators name the tags that they know.
// The first tags came in 6.8, without the enum and right after lazily verified
// functions, for which struct bpf_func_info_aux got a member.
func (p *Plan) argTags() Support {
	if p.enumerator("btf_arg_tag", "ARG_TAG_CTX") == Supported {
		return Supported
	}
	if lazy, found := p.hasMember("bpf_func_info_aux", "called"); found && !lazy {
		return Unsupported
	}
	return SupportUnknown
}

// taggedProblem judges a parameter with tags in a program (kernel/bpf/btf.c,
// btf_prepare_func_args).
func (p *Plan) taggedProblem(g btfgraph.Graph, id btfgraph.ID, tags []string, pp *ProgramPlan) (detail string, sure bool) {
	switch p.argTags() {
	case SupportUnknown:
		return "", true
	case Unsupported:
		t := btfgraph.SkipModsAndTypedefs(g, id)
		untyped := g.Kind(btfgraph.SkipModsAndTypedefs(g, g.Ref(t))) == btfgraph.KindVoid
		if slices.Contains(tags, "ctx") && untyped && p.Loader.Functions.ContextTags && p.named(pp.ProgType) {
			return "", true
		}
		return p.paramProblem(g, id)
	}
	for _, tag := range tags {
		if p.enumerator("btf_arg_tag", "ARG_TAG_"+strings.ToUpper(tag)) == Unsupported {
			return fmt.Sprintf("has the unknown tag %q", "arg:"+tag), true
		}
	}
	t := btfgraph.SkipModsAndTypedefs(g, id)
	if g.Kind(t) != btfgraph.KindPtr {
		return fmt.Sprintf("has the tag %q and is no pointer", "arg:"+tags[0]), true
	}
	others := func(tag string, allowed ...string) string {
		for _, other := range tags {
			if other != tag && !slices.Contains(allowed, other) {
				return fmt.Sprintf("has both %q and %q", "arg:"+tag, "arg:"+other)
			}
		}
		return ""
	}
	switch {
	case slices.Contains(tags, "ctx"):
		if detail = others("ctx"); detail == "" {
			detail = p.contextProblem(g, g.Ref(t), pp)
		}
	case slices.Contains(tags, "trusted"):
		if detail = others("trusted", "nullable"); detail == "" {
			return p.kernelTypeProblem(g, g.Ref(t), "trusted")
		}
	case slices.Contains(tags, "untrusted"):
		if detail = others("untrusted"); detail == "" && !primitive(g, g.Ref(t)) {
			return p.kernelTypeProblem(g, g.Ref(t), "untrusted")
		}
	case slices.Contains(tags, "arena"):
		detail = others("arena")
	case slices.Contains(tags, "nullable"):
		detail = `has the tag "arg:nullable" without "arg:trusted"`
	default: // nonnull
		if !p.mayBeContext(g, g.Ref(t)) {
			detail = unsized(g, g.Ref(t))
		}
	}
	return detail, true
}

// ignoredTags are the tags of a static function's parameters.
func (p *Plan) ignoredTags(f *bpfobj.Function) []string {
	var list []string
	byParam := p.facts.argTags[f.Type]
	for i := range p.Object.Types.Vlen(p.Object.Types.Ref(f.Type)) {
		for _, tag := range byParam[i] {
			list = append(list, "arg:"+tag)
		}
	}
	return list
}

// primitive reports whether a pointee is void, a number or a char, which
// untrusted pointers may have (kernel/bpf/btf.c, btf_type_is_primitive).
func primitive(g btfgraph.Graph, id btfgraph.ID) bool {
	switch g.Kind(btfgraph.SkipModsAndTypedefs(g, id)) {
	case btfgraph.KindVoid, btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64:
		return true
	}
	return false
}

// candidateCache is what decides about a type of another kind than the kernel's.
const candidateCache = "what the kernel looked up before"

// kernelTypeProblem says that vmlinux has no type of the pointee's kind and name
// (kernel/bpf/btf.c, btf_get_ptr_to_btf_id). The kernel cuts flavors as libbpf
// does, whatever the loader: it compiles the same code. It remembers what it
// found by the name alone (check_cand_cache), so a struct that it looked up for
// another program answers for a forward declaration too, for a while.
func (p *Plan) kernelTypeProblem(g btfgraph.Graph, id btfgraph.ID, tag string) (detail string, sure bool) {
	id = btfgraph.SkipModsAndTypedefs(g, id)
	name, kind := libbpfEssentialName(g.Name(id)), g.Kind(id)
	if name == "" || p.has(kind, name) {
		return "", true
	}
	sure = !slices.ContainsFunc(namedKinds[:], func(k btfgraph.Kind) bool { return p.has(k, name) })
	if kind == btfgraph.KindFwd {
		return unsized(g, id), sure
	}
	return fmt.Sprintf("is %s, and there is no %s %s", tag, strings.ToLower(kind.String()), name), sure
}

// namedKinds are the kinds of types of which the kernel may have another of a name.
var namedKinds = [...]btfgraph.Kind{btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindFwd, btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindTypedef}

// named reports whether programs of a type have a struct of a name of its own
// for their context, among them kprobes (libbpf.c, global_ctx_map).
func (p *Plan) named(progType string) bool {
	_, ok := p.Kernel.CtxType(progType)
	return ok
}

// contextProblem says why a parameter with the tag "ctx" is not the context of a
// program, "" if it may be (kernel/bpf/btf.c, btf_validate_prog_ctx_type).
func (p *Plan) contextProblem(g btfgraph.Graph, id btfgraph.ID, pp *ProgramPlan) string {
	if isPtRegs(g, id) {
		return "" // for kprobes and perf events; which registers it are depends on the architecture
	}
	id = btfgraph.SkipModsAndTypedefs(g, id)
	kind := g.Kind(id)
	if kind == btfgraph.KindVoid {
		return ""
	}
	switch pp.ProgType {
	case "BPF_PROG_TYPE_TRACEPOINT", "BPF_PROG_TYPE_SYSCALL", "BPF_PROG_TYPE_EXT":
		return "" // anything goes
	case "BPF_PROG_TYPE_RAW_TRACEPOINT", "BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE":
		if kind == btfgraph.KindInt {
			return ""
		}
	case "BPF_PROG_TYPE_LSM", "BPF_PROG_TYPE_STRUCT_OPS":
		return noContext(kind)
	case "BPF_PROG_TYPE_TRACING":
		if pp.AttachType == "BPF_TRACE_FENTRY" || pp.AttachType == "BPF_TRACE_FEXIT" || pp.AttachType == "BPF_MODIFY_RETURN" {
			return noContext(kind)
		}
		return ""
	}
	ctx, ok := p.Kernel.CtxType(pp.ProgType)
	if !ok || kind == btfgraph.KindStruct && g.Name(id) == ctx {
		return ""
	}
	return fmt.Sprintf("is no %q, as tagged", "struct "+ctx+" *")
}

// noContext says that a struct is not the context of programs whose context is
// an array of numbers.
func noContext(kind btfgraph.Kind) string {
	if kind != btfgraph.KindStruct {
		return ""
	}
	return `is no "void *", as tagged`
}

// isPtRegs reports whether a pointee is registers as kprobes see them.
func isPtRegs(g btfgraph.Graph, id btfgraph.ID) bool {
	for range maxTypedefs {
		id = btfgraph.SkipMods(g, id)
		if g.Kind(id) != btfgraph.KindTypedef {
			break
		}
		if g.Name(id) == "bpf_user_pt_regs_t" {
			return true
		}
		id = g.Ref(id)
	}
	return g.Kind(id) == btfgraph.KindStruct && slices.Contains([]string{"pt_regs", "user_pt_regs", "user_regs_struct"}, g.Name(id))
}
