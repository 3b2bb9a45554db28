package plan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ciliumPlace is a field: its type and where it lies in the root type
// (btf/core.go, coreField).
type ciliumPlace struct {
	graph btfgraph.Graph
	typ   btfgraph.ID
	// offset in bytes, bits beyond it and width in bits; width 0 is no bitfield.
	offset, bits, width uint32
	// flexible: it is the last member of its composite.
	flexible bool
}

var (
	errInBitfield = errors.New("access into a bitfield")
	errNoFlexible = errors.New("an array of length 0 that is not the last member")
	errNoAlign    = errors.New("a bitfield of a type without alignment")
	errNesting    = errors.New("more than 32 anonymous members")
	errAnonymous  = errors.New("an anonymous member that is neither STRUCT nor UNION")
)

// ciliumField computes a field-based relocation.
func (r *coreRun) ciliumField(fix *coreFix, relo *coreRelo, path []int, c *CORETarget) {
	if id, ok := ciliumUnderlying(c.Graph, c.ID); ok && c.Graph.Kind(id) == btfgraph.KindFwd {
		r.why = coreMismatch{code: mismatchKind, target: id}
		return
	}
	local, target, ok, err := r.ciliumFind(relo.root, path, c)
	if err != nil || !ok {
		fix.err = err
		return
	}
	fix.matched = true
	switch relo.kind {
	case COREFieldExists:
		fix.orig, fix.value = 1, 1
	case COREByteOff:
		fix.orig, fix.value, fix.validate = uint64(local.offset), uint64(target.offset), local.width == 0
	case COREByteSize:
		orig, ok1 := ciliumSize(local.graph, local.typ)
		size, ok2 := ciliumSize(target.graph, target.typ)
		if !ok1 || !ok2 {
			fix.err = errNoSize
		}
		fix.orig, fix.value, fix.validate = uint64(orig), uint64(size), local.width == 0
	case CORESigned:
		fix.orig, fix.value, fix.err = ciliumSigned(local, target)
	default:
		fix.validate = false
		fix.value, fix.err = ciliumShift(relo.kind, target, r.plan.Object.ByteOrder)
		// It does not compute that of the object; the plan tells it all the same.
		fix.orig, _ = ciliumShift(relo.kind, local, r.plan.Object.ByteOrder)
	}
}

func ciliumShift(kind COREKind, target ciliumPlace, order binary.ByteOrder) (uint64, error) {
	size, ok := ciliumSize(target.graph, target.typ)
	width := target.width
	if width == 0 {
		width = uint32(size * 8)
	}
	if !ok && (target.width == 0 || kind == CORELShift && order == binary.BigEndian) {
		return 0, errNoSize
	}
	switch {
	case kind == CORERShift:
		return uint64(64 - width), nil
	case order == binary.BigEndian:
		return uint64(64 - uint32(size*8) + target.bits), nil
	default:
		return uint64(64 - target.bits - width), nil
	}
}

// ciliumSigned wants an INT on both sides or an enum on both.
func ciliumSigned(local, target ciliumPlace) (orig, value uint64, err error) {
	lid, ok1 := ciliumUnderlying(local.graph, local.typ)
	tid, ok2 := ciliumUnderlying(target.graph, target.typ)
	lk, tk := local.graph.Kind(lid), target.graph.Kind(tid)
	if !ok1 || !ok2 || lk != btfgraph.KindInt && !anyEnum(lk) || !sameKind(lk, tk) {
		return 0, 0, errNoSignedness
	}
	return signedness(local.graph, lid), signedness(target.graph, tid), nil
}

// ciliumFind descends into the local type and the candidate in step
// (coreFindField). ok is false if the candidate has no such field.
func (r *coreRun) ciliumFind(root btfgraph.ID, path []int, c *CORETarget) (l, t ciliumPlace, ok bool, err error) {
	l, t = ciliumPlace{graph: r.local, typ: root}, ciliumPlace{graph: c.Graph, typ: c.ID}
	if ok, err := r.ciliumFieldFits(l, t, ""); err != nil || !ok {
		return l, t, false, err
	}
	if !l.element(path[0]) || !t.element(path[0]) {
		return l, t, false, errNoSize
	}
	for i, idx := range path[1:] {
		name := ""
		id, known := ciliumUnderlying(r.local, l.typ)
		switch k := r.local.Kind(id); {
		case known && composite(k):
			if idx >= r.local.Vlen(id) {
				return l, t, false, fmt.Errorf("%s has no member %d", typeRef(r.local, id), idx)
			}
			m := ciliumMember(r.local, id, idx)
			if name = m.Name; name == "" {
				if err := l.enter(m); err != nil {
					return l, t, false, err
				}
				continue
			}
			last := i+2 == len(path)
			if ok, err := r.ciliumMembers(&l, &t, m, idx == r.local.Vlen(id)-1, last); err != nil || !ok {
				return l, t, false, err
			}
		case known && k == btfgraph.KindArray:
			if ok, err := r.ciliumElement(&l, &t, id, idx); err != nil || !ok {
				return l, t, false, err
			}
		default:
			return l, t, false, fmt.Errorf("access into %s", typeRef(r.local, l.typ))
		}
		if ok, err := r.ciliumFieldFits(l, t, name); err != nil || !ok {
			return l, t, false, err
		}
	}
	return l, t, true, nil
}

// enter goes into an anonymous member.
func (p *ciliumPlace) enter(m btfgraph.Member) error {
	id, ok := ciliumUnderlying(p.graph, m.Type)
	if !ok || !composite(p.graph.Kind(id)) {
		return errAnonymous
	}
	*p = ciliumPlace{graph: p.graph, typ: id, offset: p.offset + m.BitOffset/8}
	return nil
}

// ciliumMembers goes into the member m of the local type and the one of its
// name in the target.
func (r *coreRun) ciliumMembers(l, t *ciliumPlace, m btfgraph.Member, flexible, last bool) (bool, error) {
	id, known := ciliumUnderlying(t.graph, t.typ)
	if !known || !composite(t.graph.Kind(id)) {
		r.why = coreMismatch{code: mismatchKind, target: t.typ}
		return false, nil
	}
	found, end, ok, err := r.ciliumFindMember(t.graph, id, m.Name)
	if err != nil || !ok {
		return false, err
	}
	*l = ciliumPlace{graph: l.graph, typ: m.Type, offset: l.offset, width: m.BitfieldSize, flexible: flexible}
	*t = ciliumPlace{graph: t.graph, typ: found.Type, offset: t.offset, width: found.BitfieldSize, flexible: end}
	if l.width == 0 && t.width == 0 {
		l.offset += m.BitOffset / 8
		t.offset += found.BitOffset / 8
		return true, nil
	}
	if !last {
		return false, errInBitfield
	}
	if !l.align(m.BitOffset) || !t.align(found.BitOffset) {
		return false, errNoAlign
	}
	return true, nil
}

// ciliumElement goes into element idx of the local array and of the target's.
func (r *coreRun) ciliumElement(l, t *ciliumPlace, id btfgraph.ID, idx int) (bool, error) {
	tid, known := ciliumUnderlying(t.graph, t.typ)
	if !known || t.graph.Kind(tid) != btfgraph.KindArray {
		r.why = coreMismatch{code: mismatchNoArray, target: t.typ}
		return false, nil
	}
	la, ta := l.graph.Array(id), t.graph.Array(tid)
	if la.Nelems == 0 && !l.flexible || ta.Nelems == 0 && !t.flexible {
		return false, errNoFlexible
	}
	if la.Nelems > 0 && uint64(idx) >= uint64(la.Nelems) {
		return false, fmt.Errorf("index %d of an array of %d", idx, la.Nelems)
	}
	if ta.Nelems > 0 && uint64(idx) >= uint64(ta.Nelems) {
		r.why = coreMismatch{code: mismatchIndex, n: idx, m: int(ta.Nelems)}
		return false, nil
	}
	*l = ciliumPlace{graph: l.graph, typ: la.Elem, offset: l.offset}
	*t = ciliumPlace{graph: t.graph, typ: ta.Elem, offset: t.offset}
	if !l.element(idx) || !t.element(idx) {
		return false, errNoSize
	}
	return true, nil
}

// element adds the offset of the n-th element of the type, false if it has no size.
func (p *ciliumPlace) element(n int) bool {
	if n == 0 {
		return true
	}
	size, ok := ciliumSize(p.graph, p.typ)
	p.offset += uint32(n) * uint32(size)
	return ok
}

// align adds a bitfield's offset, rounded down to the alignment of its type
// (adjustOffsetBits and alignof).
func (p *ciliumPlace) align(bits uint32) bool {
	id, ok := ciliumUnderlying(p.graph, p.typ)
	for range ciliumResolveDepth {
		if !ok || p.graph.Kind(id) != btfgraph.KindArray {
			break
		}
		id, ok = ciliumUnderlying(p.graph, p.graph.Array(id).Elem)
	}
	size := p.graph.Size(id)
	if k := p.graph.Kind(id); !ok || k != btfgraph.KindInt && !anyEnum(k) || size == 0 || size&(size-1) != 0 {
		return false
	}
	off := bits / 8 / size * size
	p.bits = bits - off*8
	p.offset += off
	return true
}

// ciliumMember is a member as cilium/ebpf reads it: the width that old BTF
// keeps in the INT is the member's (btf/unmarshal.go, inflateType).
func ciliumMember(g btfgraph.Graph, id btfgraph.ID, i int) btfgraph.Member {
	m := g.Member(id, i)
	if g.KindFlag(id) || g.Kind(m.Type) != btfgraph.KindInt || (id < g.FirstOwn()) != (m.Type < g.FirstOwn()) {
		return m
	}
	if n := g.Int(m.Type); n.Offset > 0 || n.Bits/8 != g.Size(m.Type) {
		m.BitOffset += n.Offset
		m.BitfieldSize = n.Bits
	}
	return m
}

// ciliumFindMember finds a member of a composite, then of its anonymous
// members level by level (coreFindMember). last tells that it ends its composite.
func (r *coreRun) ciliumFindMember(g btfgraph.Graph, id btfgraph.ID, name string) (m btfgraph.Member, last, ok bool, err error) {
	type anonymous struct {
		id     btfgraph.ID
		offset uint32
	}
	var visited [ciliumResolveDepth]anonymous
	queue, seen := []anonymous{{id, 0}}, visited[:0]
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if slices.Contains(seen, at) {
			continue
		}
		if len(seen) == cap(seen) {
			return m, false, false, errNesting
		}
		seen = append(seen, at)
		n := g.Vlen(at.id)
		if !r.spend(n) {
			return m, false, false, errCOREBudget
		}
		for k := btfgraph.NextMember(g, at.id, 0, name); k >= 0; k = btfgraph.NextMember(g, at.id, k+1, name) {
			m := ciliumMember(g, at.id, k)
			if m.Name != "" {
				m.BitOffset += at.offset
				return m, k == n-1, true, nil
			}
			inner, known := ciliumUnderlying(g, m.Type)
			if !known || !composite(g.Kind(inner)) {
				return m, false, false, errAnonymous
			}
			queue = append(queue, anonymous{inner, at.offset + m.BitOffset})
		}
	}
	r.why = coreMismatch{code: mismatchNoMember, target: id, name: name}
	return m, false, false, nil
}

// ciliumFieldFits decides whether a field may be read through a relocation of
// the other (coreAreMembersCompatible).
func (r *coreRun) ciliumFieldFits(l, t ciliumPlace, name string) (bool, error) {
	lid, ok1 := ciliumUnderlying(l.graph, l.typ)
	tid, ok2 := ciliumUnderlying(t.graph, t.typ)
	lk, tk := l.graph.Kind(lid), t.graph.Kind(tid)
	if !ok1 || !ok2 {
		return false, errUnsupported
	}
	if composite(lk) && composite(tk) {
		return true, nil
	}
	fits := sameKind(lk, tk)
	if fits {
		switch lk {
		case btfgraph.KindArray, btfgraph.KindPtr, btfgraph.KindFloat, btfgraph.KindInt:
		case btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindFwd:
			fits = ciliumNamesMatch(l.graph.Name(lid), t.graph.Name(tid))
		default:
			return false, errUnsupported
		}
	}
	if !fits {
		r.why = coreMismatch{code: mismatchMember, local: l.typ, target: t.typ, name: name}
	}
	return fits, nil
}

// ciliumNamesMatch compares names without their flavors; an anonymous type
// matches every other (coreEssentialNamesMatch).
func ciliumNamesMatch(a, b string) bool {
	return a == "" || b == "" || ciliumEssentialName(a) == ciliumEssentialName(b)
}
