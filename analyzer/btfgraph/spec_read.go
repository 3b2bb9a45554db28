package btfgraph

import (
	"iter"
	"slices"

	"github.com/cilium/ebpf/btf"
)

// Kind implements [Graph].
func (g *specGraph) Kind(id ID) Kind {
	if g.base != nil && id < g.first {
		return g.base.Kind(id)
	}
	return kindOf(g.typ(id))
}

func kindOf(t btf.Type) Kind {
	switch t := t.(type) {
	case nil, *btf.Void:
		return KindVoid
	case *btf.Int:
		return KindInt
	case *btf.Pointer:
		return KindPtr
	case *btf.Array:
		return KindArray
	case *btf.Struct:
		return KindStruct
	case *btf.Union:
		return KindUnion
	case *btf.Enum:
		if t.Size > 4 {
			return KindEnum64
		}
		return KindEnum
	case *btf.Fwd:
		return KindFwd
	case *btf.Typedef:
		return KindTypedef
	case *btf.Volatile:
		return KindVolatile
	case *btf.Const:
		return KindConst
	case *btf.Restrict:
		return KindRestrict
	case *btf.Func:
		return KindFunc
	case *btf.FuncProto:
		return KindFuncProto
	case *btf.Var:
		return KindVar
	case *btf.Datasec:
		return KindDatasec
	case *btf.Float:
		return KindFloat
	case *btf.TypeTag:
		return KindTypeTag
	}
	if _, _, _, ok := declTagOf(t); ok {
		return KindDeclTag
	}
	return KindVoid
}

// KindFlag implements [Graph].
func (g *specGraph) KindFlag(id ID) bool {
	if g.base != nil && id < g.first {
		return g.base.KindFlag(id)
	}
	isBitfield := func(m btf.Member) bool { return m.BitfieldSize != 0 }
	switch t := g.typ(id).(type) {
	case *btf.Struct:
		return slices.ContainsFunc(t.Members, isBitfield)
	case *btf.Union:
		return slices.ContainsFunc(t.Members, isBitfield)
	case *btf.Enum:
		return t.Signed
	case *btf.Fwd:
		return t.Kind == btf.FwdUnion
	}
	return false
}

// Name implements [Graph].
func (g *specGraph) Name(id ID) string {
	if g.base != nil && id < g.first {
		return g.base.Name(id)
	}
	t := g.typ(id)
	if t == nil {
		return ""
	}
	if tt, ok := t.(*btf.TypeTag); ok {
		return tt.Value
	}
	if name := t.TypeName(); name != "" {
		return name
	}
	if kindOf(t) != KindDeclTag {
		return ""
	}
	_, name, _, _ := declTagOf(t)
	return name
}

// Size implements [Graph].
func (g *specGraph) Size(id ID) uint32 {
	if g.base != nil && id < g.first {
		return g.base.Size(id)
	}
	switch t := g.typ(id).(type) {
	case *btf.Int:
		return t.Size
	case *btf.Struct:
		return t.Size
	case *btf.Union:
		return t.Size
	case *btf.Enum:
		return t.Size
	case *btf.Datasec:
		return t.Size
	case *btf.Float:
		return t.Size
	}
	return 0
}

// Ref implements [Graph].
func (g *specGraph) Ref(id ID) ID {
	if g.base != nil && id < g.first {
		return g.base.Ref(id)
	}
	switch t := g.typ(id).(type) {
	case nil:
		return Void
	case *btf.Pointer:
		return g.id(t.Target)
	case *btf.Typedef:
		return g.id(t.Type)
	case *btf.Volatile:
		return g.id(t.Type)
	case *btf.Const:
		return g.id(t.Type)
	case *btf.Restrict:
		return g.id(t.Type)
	case *btf.TypeTag:
		return g.id(t.Type)
	case *btf.Var:
		return g.id(t.Type)
	case *btf.Func:
		return g.id(t.Type)
	case *btf.FuncProto:
		return g.id(t.Return)
	case *btf.Array:
		return g.id(t.Type)
	default:
		if kindOf(t) != KindDeclTag {
			return Void
		}
		target, _, _, _ := declTagOf(t)
		return g.id(target)
	}
}

// Vlen implements [Graph].
func (g *specGraph) Vlen(id ID) int {
	if g.base != nil && id < g.first {
		return g.base.Vlen(id)
	}
	switch t := g.typ(id).(type) {
	case *btf.Struct:
		return len(t.Members)
	case *btf.Union:
		return len(t.Members)
	case *btf.Enum:
		return len(t.Values)
	case *btf.FuncProto:
		return len(t.Params)
	case *btf.Datasec:
		return len(t.Vars)
	}
	return 0
}

// Linkage implements [Graph].
func (g *specGraph) Linkage(id ID) Linkage {
	if g.base != nil && id < g.first {
		return g.base.Linkage(id)
	}
	switch t := g.typ(id).(type) {
	case *btf.Func:
		return Linkage(t.Linkage)
	case *btf.Var:
		if g.inKconfig(id) {
			return LinkageExtern
		}
		return Linkage(t.Linkage)
	}
	return LinkageStatic
}

// Int implements [Graph].
func (g *specGraph) Int(id ID) Int {
	if g.base != nil && id < g.first {
		return g.base.Int(id)
	}
	if t, ok := g.typ(id).(*btf.Int); ok {
		return Int{Encoding: IntEncoding(t.Encoding), Bits: 8 * t.Size}
	}
	return Int{}
}

// Array implements [Graph].
func (g *specGraph) Array(id ID) Array {
	if g.base != nil && id < g.first {
		return g.base.Array(id)
	}
	if t, ok := g.typ(id).(*btf.Array); ok {
		return Array{Elem: g.id(t.Type), Index: g.id(t.Index), Nelems: t.Nelems}
	}
	return Array{}
}

// entryOf is entry i, the zero value if it is out of range.
func entryOf[T any](entries []T, i int) (entry T) {
	if i < 0 || i >= len(entries) {
		return entry
	}
	return entries[i]
}

// Member implements [Graph].
func (g *specGraph) Member(id ID, i int) Member {
	if g.base != nil && id < g.first {
		return g.base.Member(id, i)
	}
	var m btf.Member
	switch t := g.typ(id).(type) {
	case *btf.Struct:
		m = entryOf(t.Members, i)
	case *btf.Union:
		m = entryOf(t.Members, i)
	}
	return Member{Name: m.Name, Type: g.id(m.Type), BitOffset: uint32(m.Offset), BitfieldSize: uint32(m.BitfieldSize)}
}

// Enumerator implements [Graph].
func (g *specGraph) Enumerator(id ID, i int) Enumerator {
	if g.base != nil && id < g.first {
		return g.base.Enumerator(id, i)
	}
	t, ok := g.typ(id).(*btf.Enum)
	if !ok {
		return Enumerator{}
	}
	v := entryOf(t.Values, i)
	return Enumerator{Name: v.Name, Value: v.Value}
}

// Param implements [Graph].
func (g *specGraph) Param(id ID, i int) Param {
	if g.base != nil && id < g.first {
		return g.base.Param(id, i)
	}
	t, ok := g.typ(id).(*btf.FuncProto)
	if !ok {
		return Param{}
	}
	p := entryOf(t.Params, i)
	return Param{Name: p.Name, Type: g.id(p.Type)}
}

// VarSecinfo implements [Graph].
func (g *specGraph) VarSecinfo(id ID, i int) VarSecinfo {
	if g.base != nil && id < g.first {
		return g.base.VarSecinfo(id, i)
	}
	t, ok := g.typ(id).(*btf.Datasec)
	if !ok {
		return VarSecinfo{}
	}
	v := entryOf(t.Vars, i)
	return VarSecinfo{Type: g.id(v.Type), Offset: v.Offset, Size: v.Size}
}

// ComponentIndex implements [Graph].
func (g *specGraph) ComponentIndex(id ID) int {
	if g.base != nil && id < g.first {
		return g.base.ComponentIndex(id)
	}
	t := g.typ(id)
	if kindOf(t) != KindDeclTag {
		return 0
	}
	_, _, index, _ := declTagOf(t)
	return index
}

// ByName implements [Graph].
func (g *specGraph) ByName(kind Kind, name string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if g.base != nil {
			for id := range g.base.ByName(kind, name) {
				if !yield(id) {
					return
				}
			}
		}
		for _, id := range g.byName(name) {
			if (kind == KindVoid || g.Kind(id) == kind) && !yield(id) {
				return
			}
		}
	}
}

// Prefetch implements [Graph]. A Spec has an index of names.
func (g *specGraph) Prefetch(names ...string) {
	if g.base != nil {
		g.base.Prefetch(names...)
	}
}

// Tagged implements [Graph].
func (g *specGraph) Tagged(id ID, tag string) bool {
	if g.base != nil && id < g.first {
		return g.base.Tagged(id, tag)
	}
	switch t := g.typ(id).(type) {
	case *btf.Func:
		return slices.Contains(t.Tags, tag)
	case *btf.Var:
		return slices.Contains(t.Tags, tag)
	case *btf.Typedef:
		return slices.Contains(t.Tags, tag)
	case *btf.Struct:
		return slices.Contains(t.Tags, tag)
	case *btf.Union:
		return slices.Contains(t.Tags, tag)
	}
	return false
}

// HasTag implements [Graph].
func (g *specGraph) HasTag(tag string) bool {
	if g.base != nil && g.base.HasTag(tag) {
		return true
	}
	// One function of the kernel that carries the tag spares the search.
	for _, id := range g.byName(tagExample[tag]) {
		if g.Tagged(id, tag) {
			return true
		}
	}
	g.tagOnce.Do(g.collectTags)
	return g.tags[tag]
}

// tagExample names a function that carries a tag wherever the tag exists.
var tagExample = map[string]string{"bpf_kfunc": "bpf_cast_to_kern_ctx"}

// collectTags inflates all types, of a copy that is dropped afterwards.
func (g *specGraph) collectTags() {
	g.mu.Lock()
	spec := g.spec.Copy()
	g.mu.Unlock()
	g.tags = make(map[string]bool)
	for id := max(g.first, 1); int(id) < g.Len(); id++ {
		t, err := spec.TypeByID(btf.TypeID(id))
		if err != nil || kindOf(t) != KindDeclTag {
			continue
		}
		_, name, _, _ := declTagOf(t)
		g.tags[name] = true
	}
}
