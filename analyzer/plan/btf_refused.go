package plan

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// BTFProblem is a part of the object's BTF that the kernel refuses.
type BTFProblem struct {
	// Func is the function that the part belongs to; nil for a section, whose
	// map Map is, for a name in BTF, which Name is, and for a struct, whose id
	// Struct is.
	Func   *bpfobj.Function
	Map    *bpfobj.Map
	Name   string
	Struct btfgraph.ID
	// Subject and Detail make the complaint in one clause.
	Subject, Detail string
	// Record tells that a record of the function is missing: not the types are
	// refused, but the program that links the function.
	Record bool
	// Scope is what the refusal takes down; nothing, if the loader goes on
	// without BTF ([FunctionPolicy.OptionalBTF]).
	Scope Scope
}

// checkUploadedBTF finds functions with unnamed parameters, which the kernel
// refuses since 5.0 (kernel/bpf/btf.c, btf_func_check), and data sections
// without variables, which it accepts since 5.12, the version of helper
// check_mtu (btf_datasec_check_meta). Where the loader hands the whole BTF over,
// any function counts; otherwise those that programs link, both with a record
// of function information, and the sections whose maps are created.
func (p *Plan) checkUploadedBTF() {
	g := p.Object.Types
	if g == nil || p.Kernel == nil {
		return
	}
	whole := p.Loader.Object.WholeBTF
	for _, f := range p.Object.Functions {
		if !p.facts.unnamed || p.Loader.Object.PlainBTF {
			break
		}
		if f.Type == btfgraph.Void || !unnamedParam(g, f.Type) {
			continue
		}
		uploaded := p.recordedUses(f)
		if !whole && uploaded.Empty() {
			continue
		}
		p.BTFProblems = append(p.BTFProblems, BTFProblem{
			Func: f, Subject: fmt.Sprintf("function %q", f.Name), Detail: "a parameter has no name",
			Scope: p.scopeOfBTF(uploaded),
		})
		if whole {
			break // one is enough
		}
	}
	p.checkTypeNames()
	p.checkStructFields()
	p.checkFunctionRecords()
	if p.Loader.Object.PlainBTF || p.enumerator("bpf_func_id", "BPF_FUNC_check_mtu") != Unsupported {
		return
	}
	for i := range p.Maps {
		m := p.Maps[i].Map
		if g.Kind(m.Var) != btfgraph.KindDatasec || g.Vlen(m.Var) != 0 || !p.Maps[i].Created {
			continue
		}
		p.BTFProblems = append(p.BTFProblems, BTFProblem{
			Map: m, Subject: fmt.Sprintf("section %q", m.SectionName), Detail: "it has no variables",
			Scope: p.scopeOfBTF(p.ScopeOfMap(m)),
		})
	}
}

// checkFunctionRecords finds functions without a record in .BTF.ext: those in
// assembler, for one. A program that has a record itself needs one for every
// function that it links: libbpf gives up (libbpf.c,
// reloc_prog_func_and_line_info, "missing .BTF.ext function info"), the kernel
// counts them (kernel/bpf/check_btf.c, check_btf_func_early, "number of funcs in
// func_info doesn't match number of subprogs").
func (p *Plan) checkFunctionRecords() {
	if p.Object.FromSpec || p.Loader.Functions.KernelCounts && !p.keepsWholeBTF() {
		return
	}
	recorded := p.facts.recorded
	for _, f := range p.Object.Functions {
		if recorded[f] || f.Program != nil {
			continue
		}
		if scope := p.recordedPrograms(f); !scope.Empty() {
			p.BTFProblems = append(p.BTFProblems, BTFProblem{
				Func: f, Subject: fmt.Sprintf("function %q", f.Name), Detail: "has no record in .BTF.ext", Record: true, Scope: scope,
			})
		}
	}
	p.checkLineRecords()
}

// checkLineRecords finds functions whose first instruction has no line record,
// in programs that have line records: compilers always write it, tools that edit
// objects may lose it. The kernel wants one for each function
// (kernel/bpf/check_btf.c, check_btf_line, "missing bpf_line_info for func").
func (p *Plan) checkLineRecords() {
	for _, f := range p.facts.unlined {
		var scope Scope
		for _, i := range p.facts.usedBy[f] {
			prog := p.Object.Programs[i]
			if lined, _ := p.Object.LineRecords(prog.Function); lined && p.facts.recorded[prog.Function] && !p.leftOut(i) && p.keepsWholeBTF() {
				scope.Programs = append(scope.Programs, prog.Name)
			}
		}
		if !scope.Empty() {
			p.BTFProblems = append(p.BTFProblems, BTFProblem{
				Func: f, Subject: fmt.Sprintf("function %q", f.Name), Detail: "has no line record for its first instruction", Record: true, Scope: scope,
			})
		}
	}
}

// recordedPrograms are the programs with a record that link a function.
func (p *Plan) recordedPrograms(f *bpfobj.Function) Scope {
	var scope Scope
	for _, i := range p.facts.usedBy[f] {
		if prog := p.Object.Programs[i]; p.facts.recorded[prog.Function] && !p.leftOut(i) {
			scope.Programs = append(scope.Programs, prog.Name)
		}
	}
	return scope
}

// recordedUses are the programs that hand a function's record to the kernel.
func (p *Plan) recordedUses(f *bpfobj.Function) Scope {
	if !p.facts.recorded[f] {
		return Scope{}
	}
	return p.recordedPrograms(f)
}

// scopeOfBTF is what refused BTF takes down, if per is what needs the part.
func (p *Plan) scopeOfBTF(per Scope) Scope {
	switch {
	case !p.Loader.Object.WholeBTF:
		return per
	case p.NeedsBTF():
		return ScopeObject
	}
	return Scope{}
}

// maxPlainName is the longest name that every kernel accepts: KSYM_NAME_LEN was
// 128 before 6.1 (include/linux/kallsyms.h).
const maxPlainName = 127

// plainBTF reports whether every kernel that knows the kinds in g accepts it,
// after the loader has rewritten its externs. It is meant to be sure of a yes:
// what is unusual is no, whether or not a kernel refuses it. mended tells that
// the loader mends names, see [ObjectPolicy.PlainBTF].
//
// See kernel/bpf/btf.c, btf_check_all_metas and btf_check_all_types.
func plainBTF(g btfgraph.Graph, mended bool) bool {
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		if !plainType(g, id, mended) {
			return false
		}
	}
	return true
}

func plainType(g btfgraph.Graph, id btfgraph.ID, mended bool) bool {
	name := g.Name(id)
	switch g.Kind(id) {
	case btfgraph.KindInt:
		return plainInt(g, id) && name != ""
	case btfgraph.KindPtr:
		return name == "" || mended
	case btfgraph.KindVolatile, btfgraph.KindConst, btfgraph.KindRestrict:
		return name == ""
	case btfgraph.KindFuncProto:
		return name == "" && plainProto(g, id)
	case btfgraph.KindArray:
		_, sized := btfgraph.SizeOf(g, id)
		return name == "" && sized
	case btfgraph.KindStruct, btfgraph.KindUnion:
		return plainStruct(g, id)
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		return plainEnum(g, id)
	case btfgraph.KindFwd, btfgraph.KindTypedef:
		return plainName(name)
	case btfgraph.KindFunc:
		return plainName(name) && g.Kind(g.Ref(id)) == btfgraph.KindFuncProto && (mended || !unnamedParam(g, id))
	case btfgraph.KindVar:
		size, sized := btfgraph.SizeOf(g, g.Ref(id))
		return plainName(name) && (g.Linkage(id) == btfgraph.LinkageExtern || sized && size > 0)
	case btfgraph.KindDatasec:
		return (g.Vlen(id) > 0 || mended) && plainName(strings.ReplaceAll(strings.TrimPrefix(name, "?"), ".", "_"))
	case btfgraph.KindFloat:
		return name != "" && (g.Size(id) == 4 || g.Size(id) == 8)
	case btfgraph.KindDeclTag:
		return name != ""
	}
	// TYPE_TAG has conditions of its own, as has what is unknown.
	return false
}

// plainProto judges the types of a prototype (btf_func_proto_check).
func plainProto(g btfgraph.Graph, id btfgraph.ID) bool {
	if ret := g.Ref(id); ret != btfgraph.Void && !plainValue(g, ret) {
		return false
	}
	for i := range g.Vlen(id) {
		param := g.Param(id, i)
		switch {
		case param.Name != "" && !plainName(param.Name):
			return false
		case param.Type == btfgraph.Void && param.Name == "" && i == g.Vlen(id)-1:
		case !plainValue(g, param.Type):
			return false
		}
	}
	return true
}

// plainValue reports whether values of a type have a size.
func plainValue(g btfgraph.Graph, id btfgraph.ID) bool {
	_, sized := btfgraph.SizeOf(g, id)
	return sized
}

// plainName reports an identifier of C of ordinary length. Dots are for names of
// sections alone before 6.5.
func plainName(name string) bool {
	if name == "" || len(name) > maxPlainName {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return true
}

func plainInt(g btfgraph.Graph, id btfgraph.ID) bool {
	i := g.Int(id)
	switch i.Encoding {
	case 0, btfgraph.IntSigned, btfgraph.IntChar, btfgraph.IntBool:
	default:
		return false
	}
	switch size := g.Size(id); size {
	case 1, 2, 4, 8, 16:
		return i.Offset == 0 && i.Bits == size*8
	}
	return false
}

func plainEnum(g btfgraph.Graph, id btfgraph.ID) bool {
	switch g.Size(id) {
	case 1, 2, 4, 8:
	default:
		return false
	}
	for i := range g.Vlen(id) {
		if !plainName(g.Enumerator(id, i).Name) {
			return false
		}
	}
	return g.Name(id) == "" || plainName(g.Name(id))
}

func plainStruct(g btfgraph.Graph, id btfgraph.ID) bool {
	union := g.Kind(id) == btfgraph.KindUnion
	last, end := uint32(0), uint64(g.Size(id))*8
	for i := range g.Vlen(id) {
		m := g.Member(id, i)
		size, sized := btfgraph.SizeOf(g, m.Type)
		bits := size * 8
		switch {
		case m.BitfieldSize == 0 && m.BitOffset%8 != 0, uint64(m.BitfieldSize) > bits:
			return false
		case m.BitfieldSize != 0:
			bits = uint64(m.BitfieldSize)
		}
		switch {
		case !sized, m.Name != "" && !plainName(m.Name), m.BitOffset < last, union && m.BitOffset != 0:
			return false
		case uint64(m.BitOffset)+bits > end:
			return false
		}
		typ := btfgraph.SkipModsAndTypedefs(g, m.Type)
		if g.Kind(typ) == btfgraph.KindFloat && (m.BitfieldSize != 0 || bits == 0 || uint64(m.BitOffset)%bits != 0) {
			return false // btf_float_check_member
		}
		if specialNamed(g.Name(typ)) != nil {
			return false // see structFields
		}
		last = m.BitOffset
	}
	return g.Name(id) == "" || plainName(g.Name(id))
}
