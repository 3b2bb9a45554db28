package btfgraph

import "fmt"

// Validate checks the graph's own types, without its base, as far as a
// reader depends on them: every id that a type, member, parameter or section
// entry refers to exists, and every name lies within the strings. It returns
// the first violation in order of ids, that of [Raw.Err] before all others.
//
// It takes time in proportion to the contents and is meant for objects; the
// kernel checks more (kernel/bpf/btf.c, btf_check_all_types).
//
// See libbpf btf.c, btf_sanity_check.
func (r *Raw) Validate() error {
	if err := r.Err(); err != nil {
		return err
	}
	for id, n := r.firstOwn, ID(r.Len()); id < n; id++ {
		rec, _ := r.at(id)
		if err := rec.validate(); err != nil {
			return fmt.Errorf("btf: type id %d: %v: %w", id, rec.kind(), err)
		}
	}
	return nil
}

// validate checks the ids and names of one record but its own name.
func (rec *record) validate() error {
	switch rec.kind() {
	case KindPtr, KindTypedef, KindVolatile, KindConst, KindRestrict, KindTypeTag, KindDeclTag, KindVar, KindFunc:
		return rec.checkID("type", rec.word)
	case KindFuncProto:
		if err := rec.checkID("return type", rec.word); err != nil {
			return err
		}
		return rec.checkEntries("parameter", 2, 0, 1)
	case KindArray:
		if err := rec.checkID("element", rec.bodyWord(0)); err != nil {
			return err
		}
		return rec.checkID("index", rec.bodyWord(1))
	case KindStruct, KindUnion:
		return rec.checkEntries("member", 3, 0, 1)
	case KindEnum:
		return rec.checkEntries("enumerator", 2, 0, -1)
	case KindEnum64:
		return rec.checkEntries("enumerator", 3, 0, -1)
	case KindDatasec:
		return rec.checkEntries("entry", 3, -1, 0)
	}
	return nil
}

// checkEntries checks entries of n words: word name is a string offset, word
// typ an id; -1 for neither.
func (rec *record) checkEntries(what string, n, name, typ int) error {
	for i := range int(rec.vlen()) {
		if name >= 0 {
			if off := rec.bodyWord(n*i + name); !rec.owner.validString(off) {
				return fmt.Errorf("%s %d: name offset %d: out of range", what, i, off)
			}
		}
		if typ < 0 {
			continue
		}
		if err := rec.checkID("type", rec.bodyWord(n*i+typ)); err != nil {
			return fmt.Errorf("%s %d: %w", what, i, err)
		}
	}
	return nil
}

func (rec *record) checkID(what string, id uint32) error {
	if id != 0 && rec.ref(id) == Void {
		return fmt.Errorf("%s: id %d: out of range", what, id)
	}
	return nil
}
