package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// declaration is what kernels declare for the thing that a finding is about.
type declaration struct {
	kernels []string
	text    string // C
}

// String is "5.10 and 6.1: struct task_struct: volatile long int state, at offset 24 bytes".
func (d declaration) String() string { return analyzer.Enumerate(d.kernels) + ": " + d.text }

// maxDeclared bounds the kernels that are asked for a declaration, and the
// members of a path that are followed.
const (
	maxDeclared = 64
	maxPath     = 16
)

// declarations are what the kernels of a finding declare for its symbol,
// kernels that declare the same together; none if they do not have it. The
// kernels of the report must be open.
func declarations(r *analyzer.Report, f *analyzer.Finding) []declaration {
	kind, name, _ := strings.Cut(f.Location.Symbol, " ")
	if !declarable[kind] || len(f.Kernels) > maxDeclared {
		return nil
	}
	var list []declaration
	for i := range r.Kernels {
		k := r.Kernels[i].Kernel()
		if k == nil || !slices.Contains(f.Kernels, r.Kernels[i].Name) {
			continue
		}
		text := declare(k, kind, name)
		if text == "" {
			continue
		}
		at := 0
		for at < len(list) && list[at].text != text {
			at++
		}
		if at == len(list) {
			list = append(list, declaration{text: text})
		}
		list[at].kernels = append(list[at].kernels, r.Kernels[i].Name)
	}
	return list
}

// declarable are the words of symbols that a kernel may declare, see
// [bpfobj.Location].
var declarable = map[string]bool{"kfunc": true, "ksym": true, "struct": true, "union": true, "enum": true, "typedef": true}

// declare spells the kernel's declaration of a symbol, "" if it has none.
func declare(k *kernel.Kernel, kind, name string) string {
	switch kind {
	case "kfunc", "ksym":
		if g, _, id := k.Find(btfgraph.KindFunc, name); id != btfgraph.Void {
			return btfgraph.FormatProto(g, name, g.Ref(id))
		}
		if g, _, id := k.Find(btfgraph.KindVar, name); id != btfgraph.Void {
			return btfgraph.FormatType(g, id)
		}
	case "struct":
		return declareMember(k, btfgraph.KindStruct, kind, name)
	case "union":
		return declareMember(k, btfgraph.KindUnion, kind, name)
	case "enum":
		return declareEnumerator(k, name)
	case "typedef":
		name = essential(name)
		if g, _, id := k.Find(btfgraph.KindTypedef, name); id != btfgraph.Void {
			return "typedef " + btfgraph.FormatType(g, g.Ref(id)) + " " + name
		}
	}
	return ""
}

// essential is a type's name without its flavor.
func essential(name string) string {
	if i := strings.Index(name, btfgraph.FlavorSep); i > 0 {
		return name[:i]
	}
	return name
}

// declareMember spells "TYPE.MEMBER.MEMBER" with the types in between.
func declareMember(k *kernel.Kernel, kind btfgraph.Kind, word, name string) string {
	path := strings.Split(name, ".")
	root := essential(path[0])
	g, _, id := k.Find(kind, root)
	if id == btfgraph.Void || len(path) < 2 || len(path) > maxPath {
		return ""
	}
	var m btfgraph.Member
	bits := uint64(0)
	for _, part := range path[1:] {
		part, _, _ = strings.Cut(part, "[") // an element: that of the first
		var ok bool
		var offset uint64
		if m, offset, ok = member(g, id, part, maxPath); !ok {
			return ""
		}
		bits += offset
		id = composite(g, m.Type)
	}
	text := word + " " + root + ": " + btfgraph.FormatType(g, m.Type) + " " + strings.Join(path[1:], ".")
	if m.BitfieldSize > 0 {
		text += " : " + itoa(int(m.BitfieldSize))
	}
	if bits%8 == 0 {
		return text + ", at offset " + itoa(int(bits/8)) + " bytes"
	}
	return text + ", at offset " + itoa(int(bits)) + " bits"
}

// member finds a member by name, also within anonymous members, with its
// offset in bits.
func member(g btfgraph.Graph, id btfgraph.ID, name string, depth int) (m btfgraph.Member, bits uint64, ok bool) {
	if depth == 0 {
		return m, 0, false
	}
	for i := range g.Vlen(id) {
		m = g.Member(id, i)
		bits = uint64(m.BitOffset)
		if m.Name == name {
			return m, bits, true
		}
		if m.Name != "" {
			continue
		}
		if inner, offset, found := member(g, composite(g, m.Type), name, depth-1); found {
			return inner, bits + offset, true
		}
	}
	return m, 0, false
}

// composite is the struct or union behind typedefs, qualifiers and arrays,
// [btfgraph.Void] for another type.
func composite(g btfgraph.Graph, id btfgraph.ID) btfgraph.ID {
	for range maxPath {
		switch g.Kind(id) {
		case btfgraph.KindStruct, btfgraph.KindUnion:
			return id
		case btfgraph.KindTypedef, btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindTypeTag, btfgraph.KindArray:
			id = g.Ref(id)
		default:
			return btfgraph.Void
		}
	}
	return btfgraph.Void
}

// declareEnumerator spells "ENUM.ENUMERATOR" with its value.
func declareEnumerator(k *kernel.Kernel, name string) string {
	enum, value, ok := strings.Cut(name, ".")
	if !ok {
		return ""
	}
	enum = essential(enum)
	for _, kind := range [...]btfgraph.Kind{btfgraph.KindEnum, btfgraph.KindEnum64} {
		g, _, id := k.Find(kind, enum)
		if id == btfgraph.Void {
			continue
		}
		for i := range g.Vlen(id) {
			if e := g.Enumerator(id, i); e.Name == value {
				text := strconv.FormatUint(e.Value, 10)
				if g.KindFlag(id) {
					text = strconv.FormatInt(int64(e.Value), 10)
				}
				return "enum " + enum + " { " + value + " = " + text + " }"
			}
		}
	}
	return ""
}
