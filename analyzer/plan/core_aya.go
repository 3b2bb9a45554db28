package plan

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ayaCORE is how aya 0.14.0 relocates: all functions of the object at once,
// against one BTF (aya-obj 0.3.0 src/btf/relocation.rs, relocate_btf).
var ayaCORE = COREPolicy{
	Unlinked: true, StrictKind: true, NoModules: true, Unnamed: true, Anew: true, TypeRefused: true,
	SameNames: true, FloatFits: true, WholeObject: true, Everywhere: true,
	Kinds: CORETypeMatches, Levels: compatLevel,
	local: (*coreRun).ayaLocal, fit: (*coreRun).ayaFit, patch: ayaPatch,
}

var (
	errAccess    = errors.New("invalid access string")
	errFlexIndex = errors.New("the index into a flexible array is not that of the last member, as aya wants it")
	errAyaPanic  = errors.New("a bitfield on one side only, for which aya panics")
)

// ayaLocal reads the access string, and computes from the object's types what
// is computed from the target's (AccessSpec::new, ComputedRelocation::new).
// Nobody compares it with the instruction.
func (r *coreRun) ayaLocal(relo *coreRelo) error {
	path, err := ayaAccess(relo.access)
	if err != nil {
		return err
	}
	spec, err := r.ayaSpec(relo, path)
	if err != nil {
		return err
	}
	relo.spec = spec
	switch {
	case relo.kind == CORELocalTypeID:
		relo.none = coreFix{orig: uint64(relo.root), value: uint64(relo.root)}
		return nil
	case relo.kind == COREEnumvalExists || relo.kind.TypeBased():
		v, _ := r.ayaValue(spec, relo.kind) // the size of the local type is not asked for
		relo.orig = coreFix{orig: v.value}
		return nil
	}
	v, err := r.ayaValue(spec, relo.kind)
	relo.orig = coreFix{orig: v.value, origSize: v.size, origType: v.typ}
	return err
}

// ayaAccess parses an access string as Rust parses numbers, which may have a
// plus sign. Larger ones than 31 bits, which only lead astray, are left out.
func ayaAccess(access string) ([]int, error) {
	parts := strings.Split(access, ":")
	path := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(strings.TrimPrefix(part, "+"), 10, 31)
		if err != nil {
			return nil, fmt.Errorf("%w %q", errAccess, access)
		}
		path[i] = int(n)
	}
	return path, nil
}

// ayaSpec follows an access string, which may have more than 64 steps.
func (r *coreRun) ayaSpec(relo *coreRelo, path []int) (*coreSpec, error) {
	g := r.local
	spec := &coreSpec{graph: g, root: relo.root}
	if relo.kind.TypeBased() {
		if len(path) > 1 || path[0] != 0 {
			return nil, errNotZero
		}
		return spec, nil
	}
	id := btfgraph.SkipModsAndTypedefs(g, relo.root)
	first := accessor{typ: id, idx: path[0]}
	if relo.kind.EnumvalBased() {
		if !anyEnum(g.Kind(id)) || len(path) > 1 || path[0] >= g.Vlen(id) {
			return nil, fmt.Errorf("access string %q leads to no enumerator", relo.access)
		}
		first.name = g.Enumerator(id, path[0]).Name
		spec.accessors = []accessor{first}
		return spec, nil
	}
	size, ok := ayaSize(g, id)
	if !ok {
		return nil, errNoSize
	}
	spec.accessors = append(make([]accessor, 0, len(path)), first)
	spec.bitOffset = uint32(int64(path[0]) * size * 8)
	for _, idx := range path[1:] {
		var err error
		if id, err = r.ayaStep(spec, id, idx); err != nil {
			return nil, err
		}
	}
	return spec, nil
}

// ayaStep follows one index. Whether an array is a flexible one is decided by
// the index into it, as if that were the index of the member.
func (r *coreRun) ayaStep(s *coreSpec, id btfgraph.ID, idx int) (btfgraph.ID, error) {
	g := s.graph
	id = btfgraph.SkipModsAndTypedefs(g, id)
	if g.Kind(id) != btfgraph.KindArray {
		return r.step(s, id, idx)
	}
	a := g.Array(id)
	parent := s.last().typ
	switch flexible := a.Nelems == 0 && g.Kind(parent) == btfgraph.KindStruct; {
	case flexible && idx != g.Vlen(parent)-1:
		return 0, errFlexIndex
	case !flexible && uint64(idx) >= uint64(a.Nelems):
		return 0, fmt.Errorf("index %d of an array of %d", idx, a.Nelems)
	}
	elem := btfgraph.SkipModsAndTypedefs(g, a.Elem)
	size, ok := ayaSize(g, elem)
	if !ok {
		return 0, errNoSize
	}
	s.accessors = append(s.accessors, accessor{typ: elem, idx: idx})
	s.bitOffset += uint32(int64(idx) * size * 8)
	return elem, nil
}

// ayaFit matches one candidate. A value that cannot be computed from it makes
// a poison, except the size of a type.
func (r *coreRun) ayaFit(relo *coreRelo, c *CORETarget) coreFix {
	spec, fix := r.compareWith(relo, c, (*coreRun).ayaMatch)
	if spec == nil {
		return fix
	}
	fix.matched, fix.offset = true, spec.bitOffset
	v, err := r.ayaValue(spec, relo.kind)
	switch {
	case err != nil && relo.kind.TypeBased():
		fix.err = fmt.Errorf("matching %s: %w", typeRef(c.Graph, c.ID), err)
		return fix
	case errors.Is(err, errBitfield):
		fix.poison, fix.why = true, coreMismatch{code: mismatchBitfield}
		return fix
	case err != nil:
		fix.poison, fix.why = true, coreMismatch{code: mismatchNoSize}
		return fix
	}
	fix.value, fix.size, fix.typ = v.value, v.size, v.typ
	fix.unfit = fix.size != fix.origSize && !resizable(r.local, fix.origType, c.Graph, v.typ)
	return fix
}

// ayaPatch checks the instruction and the value (ComputedRelocation::apply). A
// load or store of another width that cannot be changed is no poison there.
func ayaPatch(insns []bpfobj.Insn, fix *coreFix) error {
	insn := insns[0]
	switch insn.Op & 7 {
	case 4, 7: // ALU, ALU64: the register is looked at, not the bit that makes it the operand
		if insn.Src != 0 {
			return errInsn
		}
		return nil
	case 1, 2, 3: // LDX, ST, STX
		return ayaPatchAccess(fix)
	case 0: // LD
		if len(insns) < 2 {
			return errInsn
		}
		return nil
	}
	return errInsn
}

func ayaPatchAccess(fix *coreFix) error {
	switch {
	case fix.value > math.MaxInt16:
		return fmt.Errorf("%w: %d bytes", errInsnTooFar, fix.value)
	case fix.size == fix.origSize:
		return nil
	case fix.typ == btfgraph.Void || fix.origType == btfgraph.Void:
		return errAyaPanic
	case fix.unfit:
		return fmt.Errorf("the field has %d bytes, %d in the object, and is no unsigned integer", fix.size, fix.origSize)
	}
	switch fix.size {
	case 1, 2, 4, 8:
		return nil
	}
	return errors.New("a field of that size cannot be read by one instruction")
}

// unnamed are the own types of that kind whose name is a flavor and nothing
// else, or that have none. They are what a local type without a name, or with
// such a one, is tried with.
func (r *coreRun) unnamed(types btfgraph.Graph, kind btfgraph.Kind) iter.Seq[btfgraph.ID] {
	return func(yield func(btfgraph.ID) bool) {
		if !r.spend(types.Len()) {
			return
		}
		for id := btfgraph.ID(1); int(id) < types.Len(); id++ {
			if types.Kind(id) == kind && r.plan.Loader.EssentialName(types.Name(id)) == "" && !yield(id) {
				return
			}
		}
	}
}
