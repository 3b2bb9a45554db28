package btfgraph

import (
	"strconv"
	"strings"
)

// Bounds of a formatted type. What is cut off is shown as "...".
const (
	maxFormatSteps = 200 // types visited for one text
	maxFormatName  = 256 // bytes of one name; half of the kernel's KSYM_NAME_LEN
)

// FormatType spells a type in C, as "struct task_struct *", "const char *",
// "void (*)(int)" or "u32[4]". An anonymous struct, union or enum is
// "struct {...}", an id that does not exist "void". TYPE_TAGs are left out; a
// VAR or FUNC reads as its declaration, a DECL_TAG as the type it is put on.
// The length of the text is bounded, whatever the graph holds.
func FormatType(g Graph, id ID) string {
	f := formatter{g: g, steps: maxFormatSteps}
	return f.declare(id, "")
}

// FormatProto spells a function with its prototype, a FUNC_PROTO, in C:
// "int bpf_foo(struct x *a, u32 b)".
func FormatProto(g Graph, name string, proto ID) string {
	f := formatter{g: g, steps: maxFormatSteps}
	return f.declare(proto, shorten(name))
}

type formatter struct {
	g     Graph
	steps int // left
}

// declare spells the declaration of inner, an abstract one if it is empty, as
// a value of the type. C declarators are read inside out: going from a type
// to what it refers to wraps inner.
func (f *formatter) declare(id ID, inner string) string {
	quals := "" // CONST and the like met since the last PTR
	for {
		f.steps--
		if f.steps < 0 {
			return join("...", inner)
		}
		switch kind := f.g.Kind(id); kind {
		case KindConst, KindVolatile, KindRestrict:
			quals += strings.ToLower(kind.String()) + " "
		case KindTypeTag, KindDeclTag:
		case KindPtr:
			inner = "*" + strings.TrimSuffix(quals+inner, " ")
			quals = ""
			if k := f.g.Kind(f.skipTags(f.g.Ref(id))); k == KindArray || k == KindFuncProto {
				inner = "(" + inner + ")"
			}
		case KindArray:
			inner += "[" + strconv.FormatUint(uint64(f.g.Array(id).Nelems), 10) + "]"
		case KindFuncProto:
			inner += "(" + f.params(id) + ")"
		case KindVar, KindFunc:
			if inner == "" {
				inner = shorten(f.g.Name(id))
			}
		default:
			return join(quals+f.base(id, kind), inner)
		}
		id = f.g.Ref(id)
	}
}

// skipTags follows TYPE_TAGs, which have no place in a declarator.
func (f *formatter) skipTags(id ID) ID {
	for range maxChain + 1 {
		if f.g.Kind(id) != KindTypeTag {
			return id
		}
		id = f.g.Ref(id)
	}
	return Void
}

// base spells a type that does not refer to another.
func (f *formatter) base(id ID, kind Kind) string {
	keyword := ""
	switch kind {
	case KindStruct:
		keyword = "struct "
	case KindUnion:
		keyword = "union "
	case KindEnum, KindEnum64:
		keyword = "enum "
	case KindFwd:
		keyword = "struct "
		if f.g.KindFlag(id) {
			keyword = "union "
		}
	case KindVoid:
		return "void"
	}
	name := shorten(f.g.Name(id))
	if name != "" {
		return keyword + name
	}
	if keyword != "" {
		return keyword + "{...}"
	}
	return kind.String()
}

// params spells the parameters of a FUNC_PROTO.
func (f *formatter) params(id ID) string {
	n := f.g.Vlen(id)
	if n == 0 {
		return "void"
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		p := f.g.Param(id, i)
		if f.steps <= 0 || i == n-1 && p == (Param{}) {
			b.WriteString("...")
			break
		}
		b.WriteString(f.declare(p.Type, shorten(p.Name)))
	}
	return b.String()
}

// join puts a space between a type and a declarator that wants one.
func join(typ, inner string) string {
	if typ == "" || inner == "" || inner[0] == '[' {
		return typ + inner
	}
	return typ + " " + inner
}

// shorten bounds the length of a name from a hostile graph.
func shorten(name string) string {
	if len(name) <= maxFormatName {
		return name
	}
	return name[:maxFormatName] + "..."
}
