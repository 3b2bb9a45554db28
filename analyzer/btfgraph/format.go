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
func FormatType(g Graph, id ID) string { return string(AppendType(nil, g, id)) }

// AppendType appends what [FormatType] returns.
func AppendType(b []byte, g Graph, id ID) []byte {
	f := newFormatter(g)
	return f.declare(b, id, "")
}

// FormatProto spells a function with its prototype, a FUNC_PROTO, in C:
// "int bpf_foo(struct x *a, u32 b)".
func FormatProto(g Graph, name string, proto ID) string {
	return string(AppendProto(nil, g, name, proto))
}

// AppendProto appends what [FormatProto] returns.
func AppendProto(b []byte, g Graph, name string, proto ID) []byte {
	f := newFormatter(g)
	return f.declare(b, proto, name)
}

type formatter struct {
	g     Graph
	raw   *Raw // the graph, if it is one
	steps int  // left
}

func newFormatter(g Graph) formatter {
	raw, _ := g.(*Raw)
	return formatter{g, raw, maxFormatSteps}
}

// look is the kind of a type, and what it refers to.
func (f *formatter) look(id ID) (Kind, ID) {
	if f.raw != nil {
		return f.raw.kindAndRef(id)
	}
	return f.g.Kind(id), f.g.Ref(id)
}

// declare appends the declaration of a name, an abstract one if it is empty, as
// a value of the type. C declarators are read inside out: going from a type
// to what it refers to wraps them.
func (f *formatter) declare(b []byte, id ID, name string) []byte {
	var room [48]byte // what most of them fit in
	left := prefix{room[:], len(room)}
	var right []byte // few have arrays or prototypes
	left.put(shorten(name))
	quals := "" // CONST and the like met since the last PTR
	for {
		f.steps--
		if f.steps < 0 {
			return left.join(append(b, "..."...), right)
		}
		kind, ref := f.look(id)
		switch kind {
		case KindConst:
			quals += "const "
		case KindVolatile:
			quals += "volatile "
		case KindRestrict:
			quals += "restrict "
		case KindTypeTag, KindDeclTag:
		case KindPtr:
			if left.empty() && len(right) == 0 {
				quals = strings.TrimSuffix(quals, " ")
			}
			left.put(quals)
			left.put("*")
			quals = ""
			if k := f.behindTags(ref); k == KindArray || k == KindFuncProto {
				left.put("(")
				right = append(right, ')')
			}
		case KindArray:
			right = append(strconv.AppendUint(append(right, '['), uint64(f.g.Array(id).Nelems), 10), ']')
		case KindFuncProto:
			right = append(f.params(append(right, '('), id), ')')
		case KindVar, KindFunc:
			if left.empty() && len(right) == 0 {
				left.put(shorten(f.g.Name(id)))
			}
		default:
			return left.join(f.base(append(b, quals...), id, kind), right)
		}
		id = ref
	}
}

// prefix is a text that grows at its start.
type prefix struct {
	b  []byte
	at int // where the text starts
}

func (p *prefix) empty() bool { return p.at == len(p.b) }

// put puts a text before the text.
func (p *prefix) put(s string) {
	if p.at < len(s) {
		b := make([]byte, 2*len(p.b)+len(s))
		at := len(b) - (len(p.b) - p.at)
		copy(b[at:], p.b[p.at:])
		p.b, p.at = b, at
	}
	p.at -= len(s)
	copy(p.b[p.at:], s)
}

// join appends the declarator, of which the prefix is one half, to its type,
// with a space between them if it wants one.
func (p *prefix) join(b, right []byte) []byte {
	if !p.empty() || len(right) > 0 && right[0] != '[' {
		b = append(b, ' ')
	}
	return append(append(b, p.b[p.at:]...), right...)
}

// behindTags is the kind of a type behind TYPE_TAGs, which have no place in a declarator.
func (f *formatter) behindTags(id ID) Kind {
	for range maxChain + 1 {
		kind, ref := f.look(id)
		if kind != KindTypeTag {
			return kind
		}
		id = ref
	}
	return KindVoid
}

// base appends a type that does not refer to another.
func (f *formatter) base(b []byte, id ID, kind Kind) []byte {
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
		return append(b, "void"...)
	}
	name := f.g.Name(id)
	switch {
	case name == "" && keyword != "":
		name = "{...}"
	case name == "":
		name = kind.String()
	}
	return append(append(b, keyword...), shorten(name)...)
}

// params appends the parameters of a FUNC_PROTO.
func (f *formatter) params(b []byte, id ID) []byte {
	n := f.g.Vlen(id)
	if n == 0 {
		return append(b, "void"...)
	}
	for i := range n {
		if i > 0 {
			b = append(b, ", "...)
		}
		p := f.g.Param(id, i)
		if f.steps <= 0 || i == n-1 && p == (Param{}) {
			return append(b, "..."...)
		}
		b = f.declare(b, p.Type, p.Name)
	}
	return b
}

// shorten bounds the length of a name from a hostile graph.
func shorten(name string) string {
	if len(name) <= maxFormatName {
		return name
	}
	return name[:maxFormatName] + "..."
}
