package btfgraph

// Kind implements [Graph].
func (r *Raw) Kind(id ID) Kind {
	return r.at(id).kind()
}

// KindFlag implements [Graph].
func (r *Raw) KindFlag(id ID) bool {
	rec := r.at(id)
	return rec.kindFlag()
}

// Name implements [Graph].
func (r *Raw) Name(id ID) string {
	rec := r.at(id)
	if rec.owner == nil {
		return ""
	}
	return rec.owner.str(rec.name())
}

// Size implements [Graph].
func (r *Raw) Size(id ID) uint32 {
	rec := r.at(id)
	switch rec.kind() {
	case KindInt, KindEnum, KindEnum64, KindStruct, KindUnion, KindDatasec, KindFloat:
		return rec.word()
	}
	return 0
}

// Ref implements [Graph].
func (r *Raw) Ref(id ID) ID {
	_, ref := r.kindAndRef(id)
	return ref
}

// kindAndRef is Kind and Ref in one, for those who follow references.
func (r *Raw) kindAndRef(id ID) (Kind, ID) {
	rec := r.at(id)
	kind := rec.kind()
	switch kind {
	case KindPtr, KindTypedef, KindVolatile, KindConst, KindRestrict, KindTypeTag, KindDeclTag,
		KindVar, KindFunc, KindFuncProto:
		return kind, rec.ref(rec.word())
	case KindArray:
		return kind, rec.ref(rec.bodyWord(0))
	}
	return kind, Void
}

// Vlen implements [Graph].
func (r *Raw) Vlen(id ID) int {
	rec := r.at(id)
	switch rec.kind() {
	case KindStruct, KindUnion, KindEnum, KindEnum64, KindFuncProto, KindDatasec:
		return int(rec.vlen())
	}
	return 0
}

// Linkage implements [Graph].
func (r *Raw) Linkage(id ID) Linkage {
	rec := r.at(id)
	switch rec.kind() {
	case KindFunc:
		return Linkage(rec.vlen())
	case KindVar:
		return Linkage(rec.bodyWord(0))
	}
	return LinkageStatic
}

// Int implements [Graph].
func (r *Raw) Int(id ID) Int {
	rec := r.at(id)
	if rec.kind() != KindInt {
		return Int{}
	}
	w := rec.bodyWord(0)
	return Int{Encoding: IntEncoding(w >> 24 & 0x0f), Offset: w >> 16 & 0xff, Bits: w & 0xff}
}

// Array implements [Graph].
func (r *Raw) Array(id ID) Array {
	rec := r.at(id)
	if rec.kind() != KindArray {
		return Array{}
	}
	return Array{Elem: rec.ref(rec.bodyWord(0)), Index: rec.ref(rec.bodyWord(1)), Nelems: rec.bodyWord(2)}
}

// Member implements [Graph].
func (r *Raw) Member(id ID, i int) Member {
	rec := r.at(id)
	if k := rec.kind(); k != KindStruct && k != KindUnion {
		return Member{}
	}
	b, ok := rec.entry(3, i)
	if !ok {
		return Member{}
	}
	o := rec.owner
	m := Member{Name: o.str(u32(b)), Type: rec.ref(u32(b[4:])), BitOffset: u32(b[8:])}
	if rec.kindFlag() {
		m.BitOffset, m.BitfieldSize = m.BitOffset&0xffffff, m.BitOffset>>24
	}
	return m
}

// Enumerator implements [Graph].
func (r *Raw) Enumerator(id ID, i int) Enumerator {
	rec := r.at(id)
	o := rec.owner
	switch rec.kind() {
	case KindEnum:
		b, ok := rec.entry(2, i)
		if !ok {
			return Enumerator{}
		}
		v := uint64(u32(b[4:]))
		if rec.kindFlag() {
			v = uint64(int64(int32(v)))
		}
		return Enumerator{o.str(u32(b)), v}
	case KindEnum64:
		b, ok := rec.entry(3, i)
		if !ok {
			return Enumerator{}
		}
		return Enumerator{o.str(u32(b)), uint64(u32(b[4:])) | uint64(u32(b[8:]))<<32}
	}
	return Enumerator{}
}

// Param implements [Graph].
func (r *Raw) Param(id ID, i int) Param {
	rec := r.at(id)
	if rec.kind() != KindFuncProto {
		return Param{}
	}
	b, ok := rec.entry(2, i)
	if !ok {
		return Param{}
	}
	return Param{rec.owner.str(u32(b)), rec.ref(u32(b[4:]))}
}

// VarSecinfo implements [Graph].
func (r *Raw) VarSecinfo(id ID, i int) VarSecinfo {
	rec := r.at(id)
	if rec.kind() != KindDatasec {
		return VarSecinfo{}
	}
	b, ok := rec.entry(3, i)
	if !ok {
		return VarSecinfo{}
	}
	return VarSecinfo{Type: rec.ref(u32(b)), Offset: u32(b[4:]), Size: u32(b[8:])}
}

// ComponentIndex implements [Graph].
func (r *Raw) ComponentIndex(id ID) int {
	rec := r.at(id)
	if rec.kind() != KindDeclTag {
		return 0
	}
	return int(int32(rec.bodyWord(0)))
}
