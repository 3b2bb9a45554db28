package plan

import (
	"fmt"
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

// prototypeProblems says what of a GLOBAL function's prototype keeps the
// kernel from verifying it alone (kernel/bpf/btf.c, btf_prepare_func_args;
// verifier.c, do_check_common).
func (p *Plan) prototypeProblems(f *bpfobj.Function) []FunctionProblem {
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
		list = append(list, FunctionProblem{Param: ParamCount, Detail: fmt.Sprintf("%d parameters, a global function has at most %d", n, maxParams), Sure: true})
		return list
	}
	tags := p.facts.argTags[f.Type]
	for i := range g.Vlen(proto) {
		param := g.Param(proto, i)
		fp := FunctionProblem{Param: i, Name: param.Name, Type: spell(g, param.Type), Sure: true}
		if t := tags[i]; len(t) > 0 {
			fp.Detail, fp.Sure = p.taggedProblem(g, param.Type, t)
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
		return "is neither an integer nor a pointer", true
	}
	if p.mayBeContext(g, g.Ref(t)) {
		return "", true
	}
	pointee := btfgraph.SkipModsAndTypedefs(g, g.Ref(t))
	switch g.Kind(pointee) {
	case btfgraph.KindVoid:
		return "points to memory of unknown size", true
	case btfgraph.KindFwd:
		return "points to a type that the object only declares", true
	case btfgraph.KindFuncProto:
		return "points to a function", true
	}
	// Memory of a known size: since 5.12. That version has helper check_mtu
	// and the function check_mem_reg in its verifier.
	if p.enumerator("bpf_func_id", "BPF_FUNC_check_mtu") == Unsupported && !p.has(btfgraph.KindFunc, "check_mem_reg") {
		return "is a pointer, and only the context may be one", true
	}
	return "", true
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

// taggedProblem judges a parameter with tags. Kernels that know tags have enum
// btf_arg_tag, whose enumerators name those they know; others ignore all.
func (p *Plan) taggedProblem(g btfgraph.Graph, id btfgraph.ID, tags []string) (detail string, sure bool) {
	t := btfgraph.SkipModsAndTypedefs(g, id)
	known := p.enumerator("btf_arg_tag", "ARG_TAG_CTX")
	for _, tag := range tags {
		if tag == "ctx" || known != Supported {
			continue
		}
		if p.enumerator("btf_arg_tag", "ARG_TAG_"+strings.ToUpper(tag)) == Unsupported {
			return fmt.Sprintf("has the tag %q, which is unknown there", "arg:"+tag), true
		}
	}
	if known != Supported {
		return "", true
	}
	if g.Kind(t) != btfgraph.KindPtr {
		return fmt.Sprintf("has the tag %q and is no pointer", "arg:"+tags[0]), true
	}
	for _, tag := range tags {
		if tag != "trusted" {
			continue
		}
		pointee := btfgraph.SkipModsAndTypedefs(g, g.Ref(t))
		name := g.Name(pointee)
		if p.Loader.EssentialName != nil {
			name = p.Loader.EssentialName(name)
		}
		if name == "" || !p.has(btfgraph.KindStruct, name) {
			return fmt.Sprintf("is trusted, and there is no struct %s", name), name != ""
		}
	}
	return "", true
}
