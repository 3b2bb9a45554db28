package plan

import (
	"errors"
	"fmt"
	"math"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// libbpfCORE is how libbpf 1.8 relocates (relo_core.c).
var libbpfCORE = COREPolicy{
	Unlinked: true, TypeZero: true, ObjectTypes: true, Levels: compatLevel,
	local: (*coreRun).libbpfLocal, fit: (*coreRun).libbpfFit, patch: libbpfPatch,
}

// libbpfLocal computes what the instruction should hold.
func (r *coreRun) libbpfLocal(relo *coreRelo) error {
	if relo.parseErr != nil {
		return relo.parseErr
	}
	if relo.kind == CORELocalTypeID {
		relo.none = coreFix{orig: uint64(relo.root), value: uint64(relo.root)}
		return nil
	}
	v, err := r.compute(relo.spec, relo.kind, 8)
	if err != nil {
		return err
	}
	relo.orig = coreFix{orig: v.value, validate: v.validate, origSize: v.size, origType: v.typ, origField: v.field}
	return nil
}

// coreMatch looks for a local path in the root of another, which becomes the path there.
type coreMatch func(r *coreRun, local, spec *coreSpec, kind COREKind) (bool, error)

// compareWith is the path of a relocation in a candidate, and the fix to be
// computed from it; a nil path if it does not match, of which the fix says why.
// The path is good until the next call.
func (r *coreRun) compareWith(relo *coreRelo, c *CORETarget, match coreMatch) (*coreSpec, coreFix) {
	fix := relo.orig
	r.why = coreMismatch{}
	spec := &r.spec // a new one would be allocated for every candidate
	*spec = coreSpec{graph: c.Graph, root: c.ID, accessors: r.accessors[:0]}
	matched, err := match(r, relo.spec, spec, relo.kind)
	switch {
	case err != nil:
		fix.err = fmt.Errorf("matching %s: %w", typeRef(c.Graph, c.ID), err)
		return nil, fix
	case !matched:
		fix.why = r.why
		return nil, fix
	}
	return spec, fix
}

// libbpfFit matches one candidate and computes the value from it.
func (r *coreRun) libbpfFit(relo *coreRelo, c *CORETarget) coreFix {
	spec, fix := r.compareWith(relo, c, (*coreRun).match)
	if spec == nil {
		return fix
	}
	v, err := r.compute(spec, relo.kind, 0)
	if err != nil {
		fix.err = err
		return fix
	}
	fix.matched, fix.value, fix.offset = true, v.value, spec.bitOffset
	fix.size, fix.typ, fix.field = v.size, v.typ, v.field
	if fix.size != fix.origSize {
		fix.unfit = !resizable(r.local, fix.origType, c.Graph, v.typ)
		fix.why = coreMismatch{code: mismatchWidth, local: fix.origType, target: v.typ, name: spec.last().name,
			n: int(v.size), m: int(fix.origSize)}
	}
	return fix
}

// resizable reports whether a load may change its width from one field type
// to the other without changing the value that it reads: both pointers, or
// both unsigned integers (relo_core.c, bpf_core_calc_relo).
func resizable(local btfgraph.Graph, lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) bool {
	lk, tk := local.Kind(lid), target.Kind(tid)
	if lk == btfgraph.KindPtr && tk == btfgraph.KindPtr {
		return true
	}
	return lk == btfgraph.KindInt && tk == btfgraph.KindInt &&
		local.Int(lid).Encoding != btfgraph.IntSigned && target.Int(tid).Encoding != btfgraph.IntSigned
}

// match looks for a local path in the root of spec, which becomes the path
// there (relo_core.c, bpf_core_spec_match).
func (r *coreRun) match(local, spec *coreSpec, kind COREKind) (bool, error) {
	switch {
	case kind == CORETypeMatches:
		ok, err := r.typesMatch(typesPair{spec.graph, local.root, spec.root, 0}, false, r.policy.Levels)
		if !ok {
			r.why = coreMismatch{code: mismatchTypes, local: local.root, target: spec.root}
		}
		return ok, err
	case kind.TypeBased():
		ok, err := r.typesCompatible(typesPair{spec.graph, local.root, spec.root, 0}, r.policy.Levels)
		if !ok {
			r.why = coreMismatch{code: mismatchTypes, local: local.root, target: spec.root}
		}
		return ok, err
	case kind.EnumvalBased():
		return r.matchEnumerator(local, spec), nil
	}
	return r.follow(local, spec, (*coreRun).findMember, (*coreRun).element)
}

// coreMember follows a member's name in a type of a target, coreElement an array
// index. They return the type there and whether there is one.
type (
	coreMember  func(*coreRun, accessor, *coreSpec, btfgraph.ID) (btfgraph.ID, bool, error)
	coreElement func(r *coreRun, acc accessor, spec *coreSpec, id btfgraph.ID, first bool) (btfgraph.ID, bool, error)
)

// follow looks for a local path of members and elements in the root of spec,
// which becomes the path there.
func (r *coreRun) follow(local, spec *coreSpec, member coreMember, element coreElement) (bool, error) {
	id := spec.root
	for i, acc := range local.accessors {
		ok, err := false, error(nil)
		id = btfgraph.SkipModsAndTypedefs(spec.graph, id)
		if acc.name != "" {
			from := id
			id, ok, err = member(r, acc, spec, id)
			if !ok && r.why.code == mismatchNone {
				r.why = coreMismatch{code: mismatchNoMember, target: from, name: acc.name}
			}
		} else {
			id, ok, err = element(r, acc, spec, id, i == 0)
		}
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// matchEnumerator finds the enumerator by its flavor-less name.
func (r *coreRun) matchEnumerator(local, spec *coreSpec) bool {
	g := spec.graph
	id := btfgraph.SkipModsAndTypedefs(g, spec.root)
	name := local.accessors[0].name
	if !anyEnum(g.Kind(id)) || !r.spend(g.Vlen(id)) {
		r.why = coreMismatch{code: mismatchKind, target: id}
		return false
	}
	essential := r.plan.Loader.EssentialName
	stem := essential(name)
	for i := range g.Vlen(id) {
		if essential(g.Enumerator(id, i).Name) == stem {
			spec.accessors = append(spec.accessors, accessor{typ: id, idx: i, name: name})
			return true
		}
	}
	r.why = coreMismatch{code: mismatchNoEnumerator, target: id, name: stem}
	return false
}

// element follows an array index. For the first accessor the target type
// itself is the element.
func (r *coreRun) element(acc accessor, spec *coreSpec, id btfgraph.ID, first bool) (btfgraph.ID, bool, error) {
	g := spec.graph
	if !first {
		a := g.Array(id)
		if g.Kind(id) != btfgraph.KindArray {
			r.why = coreMismatch{code: mismatchNoArray, target: id}
			return 0, false, nil
		}
		if uint64(acc.idx) >= uint64(a.Nelems) && !flexible(g, spec.last(), a) {
			r.why = coreMismatch{code: mismatchIndex, n: acc.idx, m: int(a.Nelems)}
			return 0, false, nil
		}
		id = btfgraph.SkipModsAndTypedefs(g, a.Elem)
	}
	if spec.depth == maxCOREDepth {
		return 0, false, errCOREDepth
	}
	spec.accessors = append(spec.accessors, accessor{typ: id, idx: acc.idx})
	spec.depth++
	size, ok := r.sizeOf(g, id)
	if !ok || int32(size) < 0 {
		return 0, false, errNoSize
	}
	spec.bitOffset += uint32(acc.idx) * uint32(size) * 8
	return id, true, nil
}

// findMember finds a named member, descending into anonymous members in
// declaration order. The first member of that name decides, even if it is not
// compatible (relo_core.c, bpf_core_match_member); that of an anonymous member
// then leaves its offset behind, as there.
func (r *coreRun) findMember(acc accessor, spec *coreSpec, id btfgraph.ID) (btfgraph.ID, bool, error) {
	g := spec.graph
	id = btfgraph.SkipModsAndTypedefs(g, id)
	n := g.Vlen(id)
	if !composite(g.Kind(id)) || n == 0 {
		return 0, false, nil
	}
	if !r.spend(n) {
		return 0, false, errCOREBudget
	}
	for i := btfgraph.NextMember(g, id, 0, acc.name); i >= 0; i = btfgraph.NextMember(g, id, i+1, acc.name) {
		if spec.depth == maxCOREDepth {
			return 0, false, errCOREDepth
		}
		m := g.Member(id, i)
		spec.bitOffset += m.BitOffset
		spec.depth++
		if m.Name != "" {
			return m.Type, r.memberFits(acc, spec, id, i, m.Type), nil
		}
		if next, ok, err := r.findMember(acc, spec, m.Type); ok || err != nil {
			return next, ok, err
		}
		spec.bitOffset -= m.BitOffset
		spec.depth--
	}
	return 0, false, nil
}

func (r *coreRun) memberFits(acc accessor, spec *coreSpec, id btfgraph.ID, i int, typ btfgraph.ID) bool {
	want := r.local.Member(acc.typ, acc.idx).Type
	if !r.fieldsCompatible(want, spec.graph, typ) {
		r.why = coreMismatch{code: mismatchMember, local: want, target: typ, name: acc.name}
		return false
	}
	spec.accessors = append(spec.accessors, accessor{id, i, acc.name})
	return true
}

// fieldsCompatible decides whether a field of one type may be read through a
// relocation of the other (relo_core.c, bpf_core_fields_are_compat).
func (r *coreRun) fieldsCompatible(lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) bool {
	for range maxCOREDepth {
		lid = btfgraph.SkipModsAndTypedefs(r.local, lid)
		tid = btfgraph.SkipModsAndTypedefs(target, tid)
		lk, tk := r.local.Kind(lid), target.Kind(tid)
		if composite(lk) && composite(tk) {
			return true
		}
		if !sameKind(lk, tk) {
			return false
		}
		switch lk {
		case btfgraph.KindPtr, btfgraph.KindFloat:
			return true
		case btfgraph.KindFwd, btfgraph.KindEnum, btfgraph.KindEnum64:
			l, t := r.local.Name(lid), target.Name(tid)
			essential := r.plan.Loader.EssentialName
			return !r.policy.SameNames && (l == "" || t == "") || essential(l) == essential(t)
		case btfgraph.KindInt:
			return r.local.Int(lid).Offset == 0 && target.Int(tid).Offset == 0
		case btfgraph.KindArray:
			lid, tid = r.local.Array(lid).Elem, target.Array(tid).Elem
		default:
			return false
		}
	}
	return false
}

// libbpfPatch checks the instruction and the value before it would be written.
func libbpfPatch(insns []bpfobj.Insn, fix *coreFix) error {
	insn := insns[0]
	switch insn.Op & 7 {
	case 4, 7: // ALU, ALU64
		if insn.Op&8 != 0 {
			return errInsn
		}
		return fix.holds(uint64(int64(insn.Imm)))
	case 1, 2, 3: // LDX, ST, STX
		return libbpfPatchAccess(insn, fix)
	case 0: // LD
		if insn.Op != bpfobj.LdImm64 || len(insns) < 2 || insn.Src != 0 || insn.Off != 0 {
			return errInsn
		}
		if n := insns[1]; n.Op != 0 || n.Dst != 0 || n.Src != 0 || n.Off != 0 {
			return errInsn
		}
		return fix.holds(uint64(uint32(insn.Imm)) | uint64(uint32(insns[1].Imm))<<32)
	}
	return errInsn
}

// holds checks the value that the instruction was compiled with.
func (fix *coreFix) holds(value uint64) error {
	if fix.validate && value != fix.orig {
		return &heldError{int64(value), int64(fix.orig)}
	}
	return nil
}

// libbpfPatchAccess: the offset must fit, and the width follows the field's
// size where that keeps the value.
func libbpfPatchAccess(insn bpfobj.Insn, fix *coreFix) error {
	if err := fix.holds(uint64(int64(insn.Off))); err != nil {
		return err
	}
	if fix.value > math.MaxInt16 {
		return fmt.Errorf("%w: %d bytes", errInsnTooFar, fix.value)
	}
	if fix.unfit || fix.origSize == fix.size {
		return nil
	}
	if width := [4]uint32{4, 2, 1, 8}[insn.Op>>3&3]; width != fix.origSize {
		return fmt.Errorf("the instruction accesses %d bytes of a field of %d", width, fix.origSize)
	}
	switch fix.size {
	case 1, 2, 4, 8:
		return nil
	}
	return errors.New("a field of that size cannot be read by one instruction")
}
