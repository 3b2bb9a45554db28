package plan

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ciliumCORE is how cilium/ebpf v0.22.0 relocates (btf/core.go).
var ciliumCORE = COREPolicy{
	AllModules: true, AnyKind: true, Vote: true, OpenErrors: true,
	local: (*coreRun).ciliumLocal, fit: (*coreRun).ciliumFix, patch: ciliumPatch,
}

var (
	errUnsupported  = errors.New("not supported")
	errNoSignedness = errors.New("signedness of a type that is neither INT nor ENUM")
	errNotZero      = errors.New("the access string of a type is not \"0\"")
)

// ciliumLocal checks what is wrong whatever the target is. The rest shows
// with the first candidate only.
func (r *coreRun) ciliumLocal(relo *coreRelo) error {
	path, err := ciliumAccess(relo.access)
	if err != nil {
		return err
	}
	relo.path = path
	if relo.kind == CORELocalTypeID {
		if len(path) > 1 || path[0] != 0 {
			return errNotZero
		}
		relo.none = coreFix{orig: uint64(relo.root), value: uint64(relo.root), validate: true}
		return nil
	}
	if relo.kind.Exists() {
		relo.orig = coreFix{orig: 1, validate: true}
	}
	return nil
}

// ciliumAccess parses an access string (parseCOREAccessor).
func ciliumAccess(access string) ([]int, error) {
	parts := strings.Split(access, ":")
	path := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, malformedAccess(access)
		}
		path[i] = int(n)
	}
	return path, nil
}

// ciliumFix computes the fixup for one candidate (coreCalculateFixup).
func (r *coreRun) ciliumFix(relo *coreRelo, c *CORETarget) coreFix {
	fix, path := coreFix{validate: true}, relo.path
	r.why = coreMismatch{}
	switch {
	case relo.kind.TypeBased() && (len(path) > 1 || path[0] != 0):
		fix.err = errNotZero
	case relo.kind == CORETypeMatches:
		fix.matched, fix.err = r.ciliumMatch(typesPair{c.Graph, relo.root, c.ID, 0}, make(visitedPairs))
		fix.orig, fix.value = 1, 1
	case relo.kind.TypeBased():
		r.ciliumType(&fix, relo, c)
	case relo.kind.EnumvalBased():
		r.ciliumEnumval(&fix, relo, path, c)
	case relo.kind.FieldBased():
		r.ciliumField(&fix, relo, path, c)
	default:
		fix.err = errUnsupported
	}
	if fix.err != nil {
		fix.err = fmt.Errorf("matching %s: %w", typeRef(c.Graph, c.ID), fix.err)
		return fix
	}
	if !fix.matched {
		why := r.why
		if why.code == mismatchNone {
			why = coreMismatch{code: mismatchTypes, local: relo.root, target: c.ID}
		}
		fix = relo.orig
		fix.why = why
	}
	return fix
}

func (r *coreRun) ciliumType(fix *coreFix, relo *coreRelo, c *CORETarget) {
	fix.matched, fix.err = r.ciliumCompatible(typesPair{c.Graph, relo.root, c.ID, 0}, make(visitedPairs))
	if !fix.matched || fix.err != nil {
		return
	}
	switch relo.kind {
	case CORETypeExists:
		fix.orig, fix.value = 1, 1
	case CORETargetTypeID:
		fix.orig, fix.value = uint64(relo.root), uint64(c.ID)
		if c.Module != "" { // only ids of vmlinux fit into an instruction
			fix.matched, r.why = false, coreMismatch{code: mismatchModuleID}
		}
	case CORETypeSize:
		orig, ok1 := ciliumSize(r.local, relo.root)
		size, ok2 := ciliumSize(c.Graph, c.ID)
		if !ok1 || !ok2 {
			fix.err = errNoSize
		}
		fix.orig, fix.value = uint64(orig), uint64(size)
	}
}

// ciliumEnumval finds the enumerator by its flavor-less name (coreFindEnumValue).
func (r *coreRun) ciliumEnumval(fix *coreFix, relo *coreRelo, path []int, c *CORETarget) {
	lid, ok := ciliumUnderlying(r.local, relo.root)
	if !ok || !anyEnum(r.local.Kind(lid)) || len(path) > 1 || path[0] >= r.local.Vlen(lid) {
		fix.err = fmt.Errorf("access string %q leads to no enumerator", relo.access)
		return
	}
	local := r.local.Enumerator(lid, path[0])
	tid, ok := ciliumUnderlying(c.Graph, c.ID)
	if !ok || !anyEnum(c.Graph.Kind(tid)) {
		r.why = coreMismatch{code: mismatchKind, target: c.ID}
		return
	}
	if !r.spend(c.Graph.Vlen(tid)) {
		fix.err = errCOREBudget
		return
	}
	stem := ciliumEssentialName(local.Name)
	for i := range c.Graph.Vlen(tid) {
		e := c.Graph.Enumerator(tid, i)
		if ciliumEssentialName(e.Name) != stem {
			continue
		}
		fix.matched, fix.orig, fix.value = true, local.Value, e.Value
		if relo.kind == COREEnumvalExists {
			fix.orig, fix.value = 1, 1
		}
		return
	}
	r.why = coreMismatch{code: mismatchNoEnumerator, target: tid, name: stem}
}

// ciliumPatch checks the instruction and the value (COREFixup.Apply).
func ciliumPatch(insns []bpfobj.Insn, fix *coreFix) error {
	insn := insns[0]
	switch insn.Op & 7 {
	case 1, 2, 3: // LDX, ST, STX
		if fix.validate && int16(fix.orig) != insn.Off {
			return fix.holds(uint64(int64(insn.Off)))
		}
		if fix.value > math.MaxInt16 {
			return fmt.Errorf("%w: %d bytes", errInsnTooFar, fix.value)
		}
		return nil
	case 0: // LD
		if insn.Op != bpfobj.LdImm64 || len(insns) < 2 || insn.Src != 0 || insn.Off != 0 {
			return errInsn
		}
		return fix.holds(uint64(uint32(insn.Imm)) | uint64(uint32(insns[1].Imm))<<32)
	case 4, 7: // ALU, ALU64
		if insn.Op&8 != 0 || insn.Op&7 == 4 && insn.Op&0xf0 == 0xd0 {
			return errInsn // not an immediate, or a byte swap
		}
		if err := fix.holds(uint64(int64(insn.Imm))); err != nil {
			return err
		}
		if fix.value > math.MaxInt32 {
			return fmt.Errorf("%w: %d", errInsnTooWide, int64(fix.value))
		}
		return nil
	}
	return errInsn
}

// ciliumSize is btf/types.go, Sizeof.
func ciliumSize(g btfgraph.Graph, id btfgraph.ID) (int64, bool) {
	nelems := int64(1)
	for range ciliumResolveDepth {
		size := int64(0)
		switch g.Kind(id) {
		case btfgraph.KindVoid:
		case btfgraph.KindInt, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum,
			btfgraph.KindEnum64, btfgraph.KindDatasec, btfgraph.KindFloat:
			size = int64(g.Size(id))
		case btfgraph.KindPtr:
			size = 8
		case btfgraph.KindTypedef, btfgraph.KindVolatile, btfgraph.KindConst, btfgraph.KindRestrict, btfgraph.KindTypeTag:
			id = g.Ref(id)
			continue
		case btfgraph.KindArray:
			a := g.Array(id)
			if nelems > 0 && int64(a.Nelems) > math.MaxInt64/nelems {
				return 0, false
			}
			nelems *= int64(a.Nelems)
			id = a.Elem
			continue
		default:
			return 0, false
		}
		if nelems > 0 && size > math.MaxInt64/nelems {
			return 0, false
		}
		return nelems * size, true
	}
	return 0, false
}
