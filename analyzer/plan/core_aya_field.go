package plan

import (
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ayaMatch looks for a local path in the root of spec, which becomes the path
// there (aya-obj src/btf/relocation.rs, match_candidate).
func (r *coreRun) ayaMatch(local, spec *coreSpec, kind COREKind) (bool, error) {
	if !kind.FieldBased() {
		return r.match(local, spec, kind)
	}
	member := func(r *coreRun, acc accessor, spec *coreSpec, id btfgraph.ID) (btfgraph.ID, bool, error) {
		return r.ayaMember(acc, spec, id, 0)
	}
	return r.follow(local, spec, member, (*coreRun).ayaElement)
}

// ayaStack is the nesting of anonymous members that fits into the stack. aya
// counts them only on the way back.
const ayaStack = 4096

// ayaMember finds a named member, descending into anonymous ones in
// declaration order. A member of that name that is not compatible ends the
// search in its struct, and not in those around it (match_member).
func (r *coreRun) ayaMember(acc accessor, spec *coreSpec, id btfgraph.ID, level int) (btfgraph.ID, bool, error) {
	g := spec.graph
	id = btfgraph.SkipModsAndTypedefs(g, id)
	n := g.Vlen(id)
	if !composite(g.Kind(id)) || n == 0 {
		return 0, false, nil
	}
	if !r.spend(n) {
		return 0, false, errCOREBudget
	}
	if spec.depth >= maxCOREDepth || level > ayaStack {
		return 0, false, errCOREDepth
	}
	for i := btfgraph.NextMember(g, id, 0, acc.name); i >= 0; i = btfgraph.NextMember(g, id, i+1, acc.name) {
		m := g.Member(id, i)
		next, ok := m.Type, false
		if m.Name != "" {
			if !r.memberFits(acc, spec, id, i, m.Type) {
				return 0, false, nil
			}
			ok = true
		} else {
			var err error
			if next, ok, err = r.ayaMember(acc, spec, m.Type, level+1); err != nil {
				return 0, false, err
			}
		}
		if ok {
			spec.bitOffset += m.BitOffset
			spec.depth++
			return next, true, nil
		}
	}
	return 0, false, nil
}

// ayaElement follows an array index. An array of length 0 has no end if it is
// the last member of a struct; a union does not count.
func (r *coreRun) ayaElement(acc accessor, spec *coreSpec, id btfgraph.ID, first bool) (btfgraph.ID, bool, error) {
	g := spec.graph
	if !first {
		a := g.Array(id)
		if g.Kind(id) != btfgraph.KindArray {
			r.why = coreMismatch{code: mismatchNoArray, target: id}
			return 0, false, nil
		}
		parent := spec.last()
		open := flexible(g, parent, a) && g.Kind(parent.typ) == btfgraph.KindStruct
		if uint64(acc.idx) >= uint64(a.Nelems) && !open {
			r.why = coreMismatch{code: mismatchIndex, n: acc.idx, m: int(a.Nelems)}
			return 0, false, nil
		}
		id = btfgraph.SkipModsAndTypedefs(g, a.Elem)
	}
	if spec.depth >= maxCOREDepth {
		return 0, false, errCOREDepth
	}
	size, ok := ayaSize(g, id)
	if !ok {
		return 0, false, errNoSize
	}
	spec.accessors = append(spec.accessors, accessor{typ: id, idx: acc.idx})
	spec.depth++
	spec.bitOffset += uint32(acc.idx) * uint32(size) * 8
	return id, true, nil
}

// ayaValue is the value of a relocation kind for a path
// (compute_field_relocation, compute_type_relocation, compute_enum_relocation).
func (r *coreRun) ayaValue(s *coreSpec, kind COREKind) (coreValue, error) {
	switch {
	case kind.Exists():
		return coreValue{value: 1}, nil
	case kind == CORETargetTypeID:
		return coreValue{value: uint64(s.root)}, nil
	case kind == CORETypeSize:
		size, ok := ayaSize(s.graph, s.root)
		if !ok {
			return coreValue{}, errNoSize
		}
		return coreValue{value: uint64(size)}, nil
	case kind == COREEnumvalValue:
		return coreValue{value: ayaEnumvalue(s.graph, s.accessors[0])}, nil
	}
	last := s.last()
	id := last.typ
	if last.name != "" {
		m := s.graph.Member(last.typ, last.idx)
		id = btfgraph.SkipModsAndTypedefs(s.graph, m.Type)
		if m.BitfieldSize != 0 {
			return r.computeBitfield(s, kind, id, m.BitfieldSize)
		}
	} else if kind != COREByteOff && kind != COREByteSize {
		return coreValue{}, errArrayAccess
	}
	size, ok := ayaSize(s.graph, id)
	if !ok {
		return coreValue{}, errNoSize
	}
	switch kind {
	case COREByteOff:
		return coreValue{value: uint64(s.bitOffset / 8), size: uint32(size), typ: id}, nil
	case COREByteSize:
		return coreValue{value: uint64(size)}, nil
	case CORESigned:
		return coreValue{value: signedness(s.graph, id)}, nil
	}
	return coreValue{value: r.shift(kind, s.bitOffset, uint32(size)*8, s.bitOffset/8, uint32(size))}, nil
}

// ayaEnumvalue is an enumerator's value: that of an unsigned ENUM is not
// sign-extended, unlike in libbpf.
func ayaEnumvalue(g btfgraph.Graph, a accessor) uint64 {
	v := g.Enumerator(a.typ, a.idx).Value
	switch {
	case g.Kind(a.typ) != btfgraph.KindEnum:
		return v
	case g.KindFlag(a.typ):
		return uint64(int64(int32(v)))
	}
	return uint64(uint32(v))
}

// ayaSize is the size of a type, modulo 2^32 (btf.rs, type_size). Of an array
// of arrays it counts the innermost dimension alone.
func ayaSize(g btfgraph.Graph, id btfgraph.ID) (int64, bool) {
	nelems := uint32(1)
	for range 32 {
		switch g.Kind(id) {
		case btfgraph.KindArray:
			a := g.Array(id)
			nelems, id = a.Nelems, a.Elem
		case btfgraph.KindInt, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum,
			btfgraph.KindEnum64, btfgraph.KindDatasec, btfgraph.KindFloat:
			return int64(g.Size(id) * nelems), true
		case btfgraph.KindPtr:
			return int64(8 * nelems), true
		case btfgraph.KindTypedef, btfgraph.KindVolatile, btfgraph.KindConst, btfgraph.KindRestrict,
			btfgraph.KindTypeTag, btfgraph.KindDeclTag, btfgraph.KindVar, btfgraph.KindFuncProto:
			id = g.Ref(id)
		default:
			return 0, false
		}
	}
	return 0, false
}
