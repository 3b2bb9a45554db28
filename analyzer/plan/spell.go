package plan

import (
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Bounds of the C spelling of a type: nesting, and bytes for message lines.
const (
	maxSpellDepth = 16
	maxSpellLen   = 64
)

// spell is the type in C, as in a cast: "const struct file *", "int (*)(void *)",
// "char[16]". What nests too deeply or gets too long is cut to "...".
func spell(g btfgraph.Graph, id btfgraph.ID) string {
	s := declare(g, id, "", maxSpellDepth)
	if len(s) > maxSpellLen {
		return s[:maxSpellLen-3] + "..."
	}
	return s
}

// declare spells a declaration of inner, which is "" or a declarator.
func declare(g btfgraph.Graph, id btfgraph.ID, inner string, depth int) string {
	if depth == 0 || len(inner) > maxSpellLen {
		return join("...", inner)
	}
	switch kind := g.Kind(id); kind {
	case btfgraph.KindPtr:
		ref := g.Ref(id)
		inner = "*" + inner
		if k := g.Kind(ref); k == btfgraph.KindArray || k == btfgraph.KindFuncProto {
			inner = "(" + inner + ")"
		}
		return declare(g, ref, inner, depth-1)
	case btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict:
		word := [...]string{btfgraph.KindVolatile: "volatile", btfgraph.KindConst: "const", btfgraph.KindRestrict: "restrict"}[kind]
		if ref := g.Ref(id); g.Kind(ref) == btfgraph.KindPtr {
			return declare(g, ref, join(word, inner), depth-1)
		}
		return join(word, declare(g, g.Ref(id), inner, depth-1))
	case btfgraph.KindTypeTag:
		return declare(g, g.Ref(id), inner, depth-1)
	case btfgraph.KindArray:
		a := g.Array(id)
		return declare(g, a.Elem, inner+"["+strconv.FormatUint(uint64(a.Nelems), 10)+"]", depth-1)
	case btfgraph.KindFuncProto:
		return declare(g, g.Ref(id), inner+"("+parameters(g, id, depth)+")", depth-1)
	default:
		return join(baseName(g, id), inner)
	}
}

// parameters spells the parameters of a FUNC_PROTO.
func parameters(g btfgraph.Graph, id btfgraph.ID, depth int) string {
	n := g.Vlen(id)
	if n == 0 {
		return "void"
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		p := g.Param(id, i)
		if b.Len() > maxSpellLen || p.Type == btfgraph.Void {
			b.WriteString("...")
			break
		}
		b.WriteString(declare(g, p.Type, "", depth-1))
	}
	return b.String()
}

// baseName spells a type that is not made of others.
func baseName(g btfgraph.Graph, id btfgraph.ID) string {
	name := g.Name(id)
	keyword := ""
	switch g.Kind(id) {
	case btfgraph.KindVoid:
		return "void"
	case btfgraph.KindStruct:
		keyword = "struct"
	case btfgraph.KindUnion:
		keyword = "union"
	case btfgraph.KindFwd:
		keyword = "struct"
		if g.KindFlag(id) {
			keyword = "union"
		}
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		keyword = "enum"
	default:
		return name
	}
	if name == "" {
		name = "{...}"
	}
	return keyword + " " + name
}

// join puts a blank between two parts of a declaration where C has one.
func join(a, b string) string {
	if b == "" || b[0] == '[' {
		return a + b
	}
	return a + " " + b
}

// pointee follows pointers, elements and modifiers to the type that carries
// the name.
func pointee(g btfgraph.Graph, id btfgraph.ID) btfgraph.ID {
	for range maxSpellDepth {
		id = btfgraph.SkipModsAndTypedefs(g, id)
		if k := g.Kind(id); k != btfgraph.KindPtr && k != btfgraph.KindArray {
			return id
		}
		id = g.Ref(id)
	}
	return id
}
