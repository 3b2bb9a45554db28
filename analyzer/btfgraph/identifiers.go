package btfgraph

// Identifiers reports whether the names of the graph's own types, members and
// enumerators are what kernels take for identifiers: bytes of a set, bit c%64 of
// word c/64, and no digit first. A pointer may have no name at all; names of
// INT, FLOAT, DATASEC, tags and parameters do not count. It passes over the
// records once, which costs less than to ask for every name.
//
// See kernel/bpf/btf.c, btf_name_valid_identifier and its callers.
func (r *Raw) Identifiers(set *[4]uint64) bool {
	r.walk()
	for b := r.types; len(b) >= recordLen; {
		rec := r.first(b)
		b = b[len(rec.b):]
		if isUnknown(rec.kind()) {
			continue
		}
		kind := uint32(1) << rec.kind()
		switch {
		case kind&identifierKinds != 0:
			if !r.isIdentifier(rec.name(), set) {
				return false
			}
		case kind == 1<<KindPtr && rec.name() != 0 && r.str(rec.name()) != "":
			return false
		}
		size := memberLen
		switch kind {
		default:
			continue
		case 1 << KindEnum:
			size = enumeratorLen
		case 1 << KindStruct, 1 << KindUnion, 1 << KindEnum64:
		}
		for body := rec.body(); len(body) >= size; body = body[size:] {
			if !r.isIdentifier(u32(body), set) {
				return false
			}
		}
	}
	return true
}

// identifierKinds are the kinds whose names are identifiers, as a set of bits.
const identifierKinds = uint32(1<<KindStruct | 1<<KindUnion | 1<<KindEnum | 1<<KindEnum64 | 1<<KindFwd | 1<<KindTypedef | 1<<KindFunc | 1<<KindVar)

// enumeratorLen is the size of struct btf_enum.
const enumeratorLen = 8

// isIdentifier judges the name at an offset, of which there may be none.
func (r *Raw) isIdentifier(name uint32, set *[4]uint64) bool {
	if name == 0 {
		return true
	}
	s := r.tail(name)
	if len(s) > 0 && '0' <= s[0] && s[0] <= '9' {
		return false
	}
	for _, c := range s {
		if set[c>>6]>>(c&63)&1 == 0 {
			return c == 0
		}
	}
	return true
}
