package plan

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// badName is a name in BTF that no kernel takes; the zero value is none.
type badName struct {
	// Kind is what the name belongs to, in words: "struct", "member".
	kind, name string
	// pointer tells that the type is one that has no name at all.
	pointer bool
}

// findBadName finds the first name of a graph that no kernel takes. mended
// tells that the loader drops the names of pointers. Compilers of languages
// other than C write such names: "HashMap<u32, u64>", "{impl#0}", "*const u8".
//
// See kernel/bpf/btf.c, btf_name_valid_identifier and its callers, and
// btf_ref_type_check_meta.
func findBadName(g btfgraph.Graph, mended bool) badName {
	if r, ok := g.(*btfgraph.Raw); ok && r.Identifiers() {
		return badName{} // nearly all objects
	}
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		name := g.Name(id)
		switch kind := g.Kind(id); kind {
		case btfgraph.KindPtr:
			if name != "" && !mended {
				return badName{kind: "pointer", name: name, pointer: true}
			}
		case btfgraph.KindStruct, btfgraph.KindUnion:
			if !takenName(name) {
				return badName{kind: kindWord(kind), name: name}
			}
			for i := range g.Vlen(id) {
				if m := g.Member(id, i); !takenName(m.Name) {
					return badName{kind: "member", name: m.Name}
				}
			}
		case btfgraph.KindEnum, btfgraph.KindEnum64:
			if !takenName(name) {
				return badName{kind: "enum", name: name}
			}
			for i := range g.Vlen(id) {
				if e := g.Enumerator(id, i); !takenName(e.Name) {
					return badName{kind: "enumerator", name: e.Name}
				}
			}
		case btfgraph.KindFwd, btfgraph.KindTypedef, btfgraph.KindFunc, btfgraph.KindVar:
			if !takenName(name) {
				return badName{kind: kindWord(kind), name: name}
			}
		}
	}
	return badName{}
}

// kindWord is how findings call what has a name.
func kindWord(k btfgraph.Kind) string {
	switch k {
	case btfgraph.KindStruct:
		return "struct"
	case btfgraph.KindUnion:
		return "union"
	case btfgraph.KindTypedef:
		return "typedef"
	case btfgraph.KindFunc:
		return "function"
	case btfgraph.KindVar:
		return "variable"
	}
	return "type"
}

// takenName reports whether some kernel takes a name: one without a character
// of ASCII that is neither a letter nor a digit, "_" or ".". It says nothing of
// other characters and of lengths, which differ by version.
func takenName(name string) bool {
	return name == "" || badCharacter(name) < 0 && (name[0] < '0' || name[0] > '9')
}

// badCharacter is the index of the first character of a name that the kernel
// takes neither in BTF nor for programs and maps, -1 if there is none
// (kernel/bpf/syscall.c, bpf_obj_name_cpy).
func badCharacter(name string) int {
	for i := range len(name) {
		c, good := name[i], uint64(goodBelow64)
		if c >= 64 {
			good = goodFrom64
		}
		if c < 0x80 && good>>(c&63)&1 == 0 {
			return i
		}
	}
	return -1
}

// The characters of ASCII that names may have, a bit each: "." and digits, and
// from 64 on letters and "_". Every name of an object is looked through.
const (
	goodBelow64 = 1<<'.' | (1<<10-1)<<'0'
	goodFrom64  = (1<<26-1)<<('A'-64) | 1<<('_'-64) | (1<<26-1)<<('a'-64)
)

// keptName is what the kernel gets of the name of a map or program (BPF_OBJ_NAME_LEN).
func keptName(name string) string { return name[:min(len(name), 15)] }

// nameFault says what the kernel refuses about the name of a map or program, ""
// if nothing.
func nameFault(name string) string {
	i := badCharacter(keptName(name))
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("holds %q, the kernel takes letters, digits, \"_\" and \".\"", name[i:i+1])
}

// checkTypeNames finds a name in BTF for which the kernel refuses it, where the
// loader hands the whole of it over.
func (p *Plan) checkTypeNames() {
	b := p.badName()
	if b.name == "" {
		return
	}
	problem := BTFProblem{
		Subject: b.kind + " " + quote(b.name), Detail: "the name is no identifier", Name: b.name, Scope: p.scopeOfBTF(Scope{}),
	}
	if b.pointer {
		problem.Detail = "a pointer has no name"
	}
	p.BTFProblems = append(p.BTFProblems, problem)
}

// badName is the first name in the BTF that the loader hands over for which the
// kernel refuses it, none if it does not hand over the whole.
func (p *Plan) badName() badName {
	switch {
	case !p.Loader.Object.WholeBTF || p.Object.Types == nil:
		return badName{}
	case p.Loader.Object.PlainBTF:
		return p.facts.badMended.get(func() badName { return findBadName(p.Object.Types, true) })
	}
	return p.facts.badName.get(func() badName { return findBadName(p.Object.Types, false) })
}

// losesBTF reports whether the kernel certainly refuses the BTF and the loader
// goes on without it, so that all functions count as static and maps have no
// types.
func (p *Plan) losesBTF() bool {
	if !p.Loader.Object.WholeBTF || p.NeedsBTF() {
		return false
	}
	return p.badName().name != "" || slices.ContainsFunc(p.BTFProblems, func(b BTFProblem) bool { return !b.Record })
}
