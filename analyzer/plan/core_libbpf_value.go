package plan

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// coreValue is what libbpf computes from one path.
type coreValue struct {
	value uint64
	// validate tells that the instruction must hold this value before patching.
	validate bool
	// size in bytes and type of the accessed field, for loads and stores; field
	// is the type as declared.
	size       uint32
	typ, field btfgraph.ID
}

var (
	errArrayAccess = errors.New("signedness or shift of an array element")
	errBitfield    = errors.New("the bitfield cannot be read with one aligned load of 8 bytes")
)

// compute is the value of a relocation kind for a path (relo_core.c,
// bpf_core_calc_field_relo, bpf_core_calc_type_relo, bpf_core_calc_enumval_relo).
// ptr is the size of a pointer in the path's graph, 0 if the graph tells it.
func (r *coreRun) compute(s *coreSpec, kind COREKind, ptr int64) (coreValue, error) {
	switch {
	case kind.Exists():
		return coreValue{value: 1, validate: true}, nil
	case kind == CORETargetTypeID:
		return coreValue{value: uint64(s.root)}, nil
	case kind == CORETypeSize:
		size, ok := r.sizeWith(s.graph, s.root, ptr)
		if !ok {
			return coreValue{}, errNoSize
		}
		return coreValue{value: uint64(size), validate: true}, nil
	case kind == COREEnumvalValue:
		return coreValue{value: enumvalue(s.graph, s.accessors[0]), validate: true}, nil
	}
	if s.last().name == "" {
		return r.computeElement(s, kind, ptr)
	}
	return r.computeField(s, kind, ptr)
}

// enumvalue is an enumerator's value: that of an ENUM sign-extended, even if
// the enum is unsigned.
func enumvalue(g btfgraph.Graph, a accessor) uint64 {
	v := g.Enumerator(a.typ, a.idx).Value
	if g.Kind(a.typ) == btfgraph.KindEnum {
		return uint64(int64(int32(v)))
	}
	return v
}

func (r *coreRun) computeElement(s *coreSpec, kind COREKind, ptr int64) (coreValue, error) {
	id := s.last().typ
	if kind != COREByteOff && kind != COREByteSize {
		return coreValue{}, errArrayAccess
	}
	if kind == COREByteSize {
		size, ok := r.sizeWith(s.graph, id, ptr)
		if !ok {
			return coreValue{}, errNoSize
		}
		return coreValue{value: uint64(size), validate: true}, nil
	}
	size, ok := r.elementSize(s.graph, id, ptr)
	if !ok {
		return coreValue{}, errNoSize
	}
	return coreValue{value: uint64(s.bitOffset / 8), validate: true, size: uint32(size), typ: id, field: id}, nil
}

// elementSize is the size of a scalar access: that of the innermost element of arrays.
func (r *coreRun) elementSize(g btfgraph.Graph, id btfgraph.ID, ptr int64) (int64, bool) {
	for range maxCOREDepth {
		id = btfgraph.SkipModsAndTypedefs(g, id)
		if g.Kind(id) != btfgraph.KindArray {
			return r.sizeWith(g, id, ptr)
		}
		id = g.Array(id).Elem
	}
	return 0, false
}

func (r *coreRun) computeField(s *coreSpec, kind COREKind, ptr int64) (coreValue, error) {
	a := s.last()
	m := s.graph.Member(a.typ, a.idx)
	id := btfgraph.SkipModsAndTypedefs(s.graph, m.Type)
	if m.BitfieldSize != 0 {
		return r.computeBitfield(s, kind, id, m.BitfieldSize)
	}
	size, ok := r.sizeWith(s.graph, id, ptr)
	if !ok {
		return coreValue{}, errNoSize
	}
	v := coreValue{validate: true}
	switch kind {
	case COREByteOff:
		v.value, v.typ, v.field = uint64(s.bitOffset/8), id, m.Type
		if s.graph.Kind(id) == btfgraph.KindArray {
			if size, ok = r.elementSize(s.graph, id, ptr); !ok {
				return v, errNoSize
			}
		}
		v.size = uint32(size)
	case COREByteSize:
		v.value = uint64(uint32(size))
	case CORESigned:
		v.value = signedness(s.graph, id)
	default:
		v.value = r.shift(kind, s.bitOffset, uint32(size)*8, s.bitOffset/8, uint32(size))
	}
	return v, nil
}

// computeBitfield: a bitfield is read by the smallest aligned load that covers
// it. Where it lies is up to the compiler, so that only its signedness and its
// width are validated.
func (r *coreRun) computeBitfield(s *coreSpec, kind COREKind, id btfgraph.ID, bits uint32) (coreValue, error) {
	size := s.graph.Size(id)
	if size == 0 {
		return coreValue{}, errNoSize
	}
	off := s.bitOffset / 8 / size * size
	for s.bitOffset+bits-off*8 > size*8 {
		if size >= 8 {
			return coreValue{}, errBitfield
		}
		size *= 2
		off = s.bitOffset / 8 / size * size
	}
	switch kind {
	case COREByteOff:
		return coreValue{value: uint64(off)}, nil
	case COREByteSize:
		return coreValue{value: uint64(size)}, nil
	case CORESigned:
		return coreValue{value: signedness(s.graph, id), validate: true}, nil
	}
	return coreValue{value: r.shift(kind, s.bitOffset, bits, off, size), validate: kind == CORERShift}, nil
}

// shift is by how much a field that was loaded as size bytes at off is moved
// left, or right again.
func (r *coreRun) shift(kind COREKind, bitOffset, bits, off, size uint32) uint64 {
	switch {
	case kind == CORERShift:
		return uint64(64 - bits)
	case r.plan.Object.ByteOrder == binary.BigEndian:
		return uint64((8-size)*8 + (bitOffset - off*8))
	default:
		return uint64(64 - (bitOffset + bits - off*8))
	}
}

// signedness is 1 for a signed INT or enum.
func signedness(g btfgraph.Graph, id btfgraph.ID) uint64 {
	if anyEnum(g.Kind(id)) && g.KindFlag(id) ||
		g.Kind(id) == btfgraph.KindInt && g.Int(id).Encoding&btfgraph.IntSigned != 0 {
		return 1
	}
	return 0
}

// sizeOf is the size of a type of the object or the target (btf.c, btf__resolve_size).
func (r *coreRun) sizeOf(g btfgraph.Graph, id btfgraph.ID) (int64, bool) {
	return r.sizeWith(g, id, 0)
}

// sizeWith is sizeOf where a pointer has ptr bytes; 0: as in the graph.
func (r *coreRun) sizeWith(g btfgraph.Graph, id btfgraph.ID, ptr int64) (int64, bool) {
	nelems := int64(1)
	for range 32 {
		size := int64(0)
		switch g.Kind(id) {
		case btfgraph.KindInt, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum,
			btfgraph.KindEnum64, btfgraph.KindDatasec, btfgraph.KindFloat:
			size = int64(g.Size(id))
		case btfgraph.KindPtr:
			if size = ptr; ptr == 0 {
				size = r.pointerSize(g)
			}
		case btfgraph.KindTypedef, btfgraph.KindVolatile, btfgraph.KindConst, btfgraph.KindRestrict,
			btfgraph.KindVar, btfgraph.KindDeclTag, btfgraph.KindTypeTag:
			id = g.Ref(id)
			continue
		case btfgraph.KindArray:
			a := g.Array(id)
			nelems *= int64(a.Nelems)
			if nelems > math.MaxUint32 {
				return 0, false
			}
			id = a.Elem
			continue
		default:
			return 0, false
		}
		size *= nelems
		return size, size <= math.MaxUint32
	}
	return 0, false
}

// longNames are the names of the type long that compilers write into BTF.
var longNames = [...]string{"long int", "long unsigned int", "long", "unsigned long"}

// pointerSize is the size of a pointer in bytes, that of the type long (btf.c,
// determine_ptr_size). In an object it is 8.
func (r *coreRun) pointerSize(g btfgraph.Graph) int64 {
	if g == r.local {
		return 8
	}
	if r.ptrSize == 0 {
		r.ptrSize = 8
		first := btfgraph.Void
		for _, name := range longNames {
			id := wordNamed(r.plan.Kernel.Types, name)
			if id != btfgraph.Void && (first == btfgraph.Void || id < first) {
				r.ptrSize, first = int64(r.plan.Kernel.Types.Size(id)), id
			}
		}
	}
	return r.ptrSize
}

// wordNamed is the first INT of that name that has 4 or 8 bytes.
func wordNamed(g btfgraph.Graph, name string) btfgraph.ID {
	id := btfgraph.First(g, btfgraph.KindInt, name)
	if size := g.Size(id); id == btfgraph.Void || size == 4 || size == 8 {
		return id
	}
	for _, id := range btfgraph.AppendNamed(nil, g, btfgraph.KindInt, name) {
		if size := g.Size(id); size == 4 || size == 8 {
			return id
		}
	}
	return btfgraph.Void
}
