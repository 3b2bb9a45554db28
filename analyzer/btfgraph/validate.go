package btfgraph

import "fmt"

// Validate checks the graph's own types, without its base, as far as a
// reader depends on them: every id that a type, member, parameter or section
// entry refers to exists, and every name lies within the strings; then, that
// no type leads back to itself other than through a pointer or a function,
// and that no chain of typedefs, qualifiers and arrays is longer than the 64
// that the functions of this package follow. It returns the first violation
// of either kind in order of ids, that of [Raw.Err] before all others.
//
// It takes time in proportion to the contents and is meant for objects; the
// kernel checks more (kernel/bpf/btf.c, btf_check_all_types).
//
// See libbpf btf.c, btf_sanity_check, and for loops and depth kernel/bpf/btf.c,
// btf_resolve.
func (r *Raw) Validate() error {
	if err := r.Err(); err != nil {
		return err
	}
	v := validator{strings: uint64(r.strBase) + uint64(len(r.strs)), ids: uint64(r.Len())}
	b := r.types
	l := looper{Raw: r, states: make([]uint8, r.count)}
	for i := range l.states {
		rec := r.first(b)
		if err := v.check(rec); err != nil {
			return fmt.Errorf("type %d: %v: %w", r.firstOwn+ID(i), rec.kind(), err)
		}
		if 1<<rec.kind()&(linkKinds|memberKinds) == 0 {
			l.states[i] = seen
		}
		b = b[len(rec.b):]
	}
	return l.run()
}

// validator knows where ids and offsets of strings end.
type validator struct{ strings, ids uint64 }

// check checks the ids and names of one record but its own name.
func (v *validator) check(rec record) error {
	switch rec.kind() {
	case KindPtr, KindTypedef, KindVolatile, KindConst, KindRestrict, KindTypeTag, KindDeclTag, KindVar, KindFunc:
		return v.checkID("type", rec.word())
	case KindFuncProto:
		if err := v.checkID("return type", rec.word()); err != nil {
			return err
		}
		return v.checkEntries(rec.body(), "parameter", 8, 0, 4)
	case KindArray:
		if err := v.checkID("element", rec.bodyWord(0)); err != nil {
			return err
		}
		return v.checkID("index", rec.bodyWord(1))
	case KindStruct, KindUnion:
		return v.checkEntries(rec.body(), "member", 12, 0, 4)
	case KindEnum:
		return v.checkEntries(rec.body(), "enumerator", 8, 0, -1)
	case KindEnum64:
		return v.checkEntries(rec.body(), "enumerator", 12, 0, -1)
	case KindDatasec:
		return v.checkEntries(rec.body(), "entry", 12, -1, 0)
	}
	return nil
}

// checkEntries checks entries of size bytes, which hold the offset of a name
// at byte name and an id at byte typ; -1 for neither.
func (v *validator) checkEntries(b []byte, what string, size, name, typ int) error {
	for i := 0; len(b) >= size; i++ {
		if name >= 0 {
			if off := u32(b[name:]); off != 0 && uint64(off) >= v.strings {
				return fmt.Errorf("%s %d: name offset %d: out of range", what, i, off)
			}
		}
		if typ >= 0 {
			if id := u32(b[typ:]); uint64(id) >= v.ids {
				return fmt.Errorf("%s %d: type: id %d: out of range", what, i, id)
			}
		}
		b = b[size:]
	}
	return nil
}

func (v *validator) checkID(what string, id uint32) error {
	if uint64(id) >= v.ids {
		return fmt.Errorf("%s: id %d: out of range", what, id)
	}
	return nil
}
