package btfgraph

import (
	"iter"
	"slices"
	"strconv"
)

// maxChain bounds every walk along references: as many are followed, and a
// longer chain reads as void. BTF is cyclic and may be hostile; the kernel's
// own limit is 32 (kernel/bpf/btf.c, MAX_RESOLVE_DEPTH).
const maxChain = 64

// SkipMods follows CONST, VOLATILE, RESTRICT and TYPE_TAG (libbpf btf.c,
// skip_mods). A chain that does not end reads as [Void].
func SkipMods(g Graph, id ID) ID {
	if r, ok := g.(*Raw); ok {
		return r.skip(id, modKinds)
	}
	for range maxChain + 1 {
		switch g.Kind(id) {
		case KindConst, KindVolatile, KindRestrict, KindTypeTag:
			id = g.Ref(id)
		default:
			return id
		}
	}
	return Void
}

// SkipModsAndTypedefs is [SkipMods] that follows TYPEDEF too (libbpf
// libbpf.c, skip_mods_and_typedefs).
func SkipModsAndTypedefs(g Graph, id ID) ID {
	if r, ok := g.(*Raw); ok {
		return r.skip(id, modKinds|1<<KindTypedef)
	}
	for range maxChain + 1 {
		switch g.Kind(id) {
		case KindConst, KindVolatile, KindRestrict, KindTypeTag, KindTypedef:
			id = g.Ref(id)
		default:
			return id
		}
	}
	return Void
}

// modKinds are the kinds that SkipMods follows, as a set of bits.
const modKinds = uint64(1<<KindConst | 1<<KindVolatile | 1<<KindRestrict | 1<<KindTypeTag)

// skip follows types of the given kinds and decodes each once.
func (r *Raw) skip(id ID, kinds uint64) ID {
	for range maxChain + 1 {
		rec := r.at(id)
		if kinds>>rec.kind()&1 == 0 {
			return id
		}
		id = rec.ref(rec.word())
	}
	return Void
}

// First returns the first id of that kind and name, [Void] if there is none.
func First(g Graph, kind Kind, name string) ID {
	if g == nil {
		return Void
	}
	if r, ok := g.(*Raw); ok {
		return r.firstNamed(kind, name)
	}
	return firstOf(g.ByName(kind, name))
}

func firstOf(ids iter.Seq[ID]) ID {
	for id := range ids {
		return id
	}
	return Void
}

// AppendNamed appends the ids that [Graph.ByName] yields. With room for them in
// ids it takes no memory.
func AppendNamed(ids []ID, g Graph, kind Kind, name string) []ID {
	r, ok := g.(*Raw)
	if !ok {
		return append(ids, slices.Collect(g.ByName(kind, name))...)
	}
	if r.base != nil {
		ids = AppendNamed(ids, r.base, kind, name)
	}
	for _, id := range r.ownByName(name) {
		if kind == KindVoid || r.Kind(id) == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// AppendOfKinds appends the ids of the graph's own types that are of one of some
// kinds, a set of bits 1<<Kind, ascending. It costs less than to ask for the kind
// of every type.
func AppendOfKinds(ids []ID, g Graph, kinds uint64) []ID {
	r, ok := g.(*Raw)
	if !ok {
		for id := g.FirstOwn(); int(id) < g.Len(); id++ {
			if kind := g.Kind(id); kind < 64 && kinds>>kind&1 != 0 {
				ids = append(ids, id)
			}
		}
		return ids
	}
	r.walk()
	types, sizes, off := r.types, r.sizes, uint64(0)
	for i := range r.count {
		info := u32(types[off+4 : off+8 : off+8])
		kind := info >> 24 & (kindCount - 1)
		if kind < 64 && kinds>>kind&1 != 0 {
			ids = append(ids, r.firstOwn+ID(i))
		}
		s := &sizes[kind]
		off += recordLen + uint64(s.extra) + uint64(info&vlenMask)*uint64(s.elem)
	}
	return ids
}

// firstNamed is First, base first.
func (r *Raw) firstNamed(kind Kind, name string) ID {
	if r.base != nil {
		if id := r.base.firstNamed(kind, name); id != Void {
			return id
		}
	}
	for _, id := range r.ownByName(name) {
		if kind == KindVoid || r.Kind(id) == kind {
			return id
		}
	}
	return Void
}

// SizeOf is the size of a value of the type in bytes; false if it has none
// (void, FWD, FUNC, FUNC_PROTO, a chain that does not end, or a product that
// overflows 64 bits). The size of a pointer is 8: BPF is a 64-bit target.
// See libbpf btf.c, btf__resolve_size.
func SizeOf(g Graph, id ID) (uint64, bool) {
	nelems := uint64(1)
	for range maxChain + 1 {
		size := uint64(0)
		switch g.Kind(id) {
		case KindInt, KindStruct, KindUnion, KindEnum, KindEnum64, KindDatasec, KindFloat:
			size = uint64(g.Size(id))
		case KindPtr:
			size = 8
		case KindTypedef, KindVolatile, KindConst, KindRestrict, KindVar, KindDeclTag, KindTypeTag:
			id = g.Ref(id)
			continue
		case KindArray:
			a := g.Array(id)
			if a.Nelems != 0 && nelems > (1<<62)/uint64(a.Nelems) {
				return 0, false
			}
			nelems *= uint64(a.Nelems)
			id = a.Elem
			continue
		default:
			return 0, false
		}
		if size != 0 && nelems > (1<<62)/size {
			return 0, false
		}
		return nelems * size, true
	}
	return 0, false
}

var kindNames = [...]string{
	KindVoid: "void", KindInt: "INT", KindPtr: "PTR", KindArray: "ARRAY", KindStruct: "STRUCT",
	KindUnion: "UNION", KindEnum: "ENUM", KindFwd: "FWD", KindTypedef: "TYPEDEF",
	KindVolatile: "VOLATILE", KindConst: "CONST", KindRestrict: "RESTRICT", KindFunc: "FUNC",
	KindFuncProto: "FUNC_PROTO", KindVar: "VAR", KindDatasec: "DATASEC", KindFloat: "FLOAT",
	KindDeclTag: "DECL_TAG", KindTypeTag: "TYPE_TAG", KindEnum64: "ENUM64",
}

// String is the kind as the kernel spells it, without BTF_KIND_.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}
