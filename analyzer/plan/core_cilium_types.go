package plan

import "github.com/btflint/btflint/analyzer/btfgraph"

// visitedPairs are the pairs of types that a comparison has met: they fit
// until something says otherwise.
type visitedPairs map[[2]btfgraph.ID]struct{}

// maxCiliumLevel bounds the recursion, which goes as deep as the types of a
// kernel hang together: some ten thousand levels.
const maxCiliumLevel = 1 << 17

// underlying skips qualifiers and typedefs on both sides and reports whether
// the two are of one kind. The error is that of a chain that does not end.
func (r *coreRun) underlying(p *typesPair, seen visitedPairs) (same, again bool, err error) {
	if !r.spend(1) || p.level > maxCiliumLevel {
		return false, false, errCOREBudget
	}
	l, ok1 := ciliumUnderlying(r.local, p.local)
	t, ok2 := ciliumUnderlying(p.graph, p.target)
	if !ok1 || !ok2 {
		if ok1 == ok2 {
			err = errUnsupported
		}
		return false, false, err
	}
	p.local, p.target = l, t
	if !sameKind(r.local.Kind(l), p.graph.Kind(t)) {
		return false, false, nil
	}
	_, again = seen[[2]btfgraph.ID{l, t}]
	seen[[2]btfgraph.ID{l, t}] = struct{}{}
	return true, again, nil
}

// ciliumCompatible is the relation behind type_exists, type_size and
// target_type_id (btf/core.go, coreAreTypesCompatible).
func (r *coreRun) ciliumCompatible(p typesPair, seen visitedPairs) (bool, error) {
	same, again, err := r.underlying(&p, seen)
	if err != nil || !same || again {
		return again && err == nil, err
	}
	l, t := r.local, p.graph
	switch l.Kind(p.local) {
	case btfgraph.KindVoid, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum, btfgraph.KindEnum64,
		btfgraph.KindFwd, btfgraph.KindInt:
		return true, nil
	case btfgraph.KindPtr:
		return r.ciliumCompatible(p.to(l.Ref(p.local), t.Ref(p.target)), seen)
	case btfgraph.KindArray:
		la, ta := l.Array(p.local), t.Array(p.target)
		if ok, err := r.ciliumCompatible(p.to(la.Index, ta.Index), seen); err != nil || !ok {
			return false, err
		}
		return r.ciliumCompatible(p.to(la.Elem, ta.Elem), seen)
	case btfgraph.KindFuncProto:
		if ok, err := r.ciliumCompatible(p.to(l.Ref(p.local), t.Ref(p.target)), seen); err != nil || !ok {
			return false, err
		}
		if l.Vlen(p.local) != t.Vlen(p.target) {
			return false, nil
		}
		for i := range l.Vlen(p.local) {
			arg := p.to(l.Param(p.local, i).Type, t.Param(p.target, i).Type)
			if ok, err := r.ciliumCompatible(arg, seen); err != nil || !ok {
				return false, err
			}
		}
		return true, nil
	}
	return false, errUnsupported
}

// ciliumMatch is the relation behind type_matches (btf/core.go, coreTypesMatch).
func (r *coreRun) ciliumMatch(p typesPair, seen visitedPairs) (bool, error) {
	l, t := r.local, p.graph
	lid, _ := ciliumUnderlying(l, p.local)
	tid, _ := ciliumUnderlying(t, p.target)
	if !ciliumNamesMatch(l.Name(lid), t.Name(tid)) {
		return false, nil
	}
	same, again, err := r.underlying(&p, seen)
	if err != nil || !same || again {
		return again && err == nil, err
	}
	switch l.Kind(p.local) {
	case btfgraph.KindVoid:
		return true, nil
	case btfgraph.KindFwd:
		return l.KindFlag(p.local) == t.KindFlag(p.target), nil
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		return r.ciliumEnumsMatch(p)
	case btfgraph.KindStruct, btfgraph.KindUnion:
		return r.ciliumMembersMatch(p, seen)
	case btfgraph.KindInt:
		return l.Size(p.local) == t.Size(p.target) && (l.Int(p.local).Encoding == btfgraph.IntSigned) ==
			(t.Int(p.target).Encoding == btfgraph.IntSigned), nil
	case btfgraph.KindPtr:
		to := p.to(l.Ref(p.local), t.Ref(p.target))
		if forwards(l, to.local, t, to.target) || forwards(t, to.target, l, to.local) {
			return true, nil
		}
		return r.ciliumMatch(to, seen)
	case btfgraph.KindArray:
		la, ta := l.Array(p.local), t.Array(p.target)
		if la.Nelems != ta.Nelems {
			return false, nil
		}
		return r.ciliumMatch(p.to(la.Elem, ta.Elem), seen)
	case btfgraph.KindFuncProto:
		if l.Vlen(p.local) != t.Vlen(p.target) {
			return false, nil
		}
		for i := range l.Vlen(p.local) {
			arg := p.to(l.Param(p.local, i).Type, t.Param(p.target, i).Type)
			if ok, err := r.ciliumMatch(arg, seen); err != nil || !ok {
				return false, err
			}
		}
		return r.ciliumMatch(p.to(l.Ref(p.local), t.Ref(p.target)), seen)
	}
	return false, errUnsupported
}

// forwards reports whether one type is a FWD of what the other is (Fwd.matches).
func forwards(a btfgraph.Graph, fwd btfgraph.ID, b btfgraph.Graph, typ btfgraph.ID) bool {
	fwd, ok1 := ciliumUnderlying(a, fwd)
	typ, ok2 := ciliumUnderlying(b, typ)
	if !ok1 || !ok2 || a.Kind(fwd) != btfgraph.KindFwd {
		return false
	}
	k := b.Kind(typ)
	return k == btfgraph.KindStruct && !a.KindFlag(fwd) || k == btfgraph.KindUnion && a.KindFlag(fwd)
}

// ciliumMembersMatch finds a member for each local one by name; of several
// anonymous members in the target the last counts.
func (r *coreRun) ciliumMembersMatch(p typesPair, seen visitedPairs) (bool, error) {
	l, t := r.local, p.graph
	if l.Vlen(p.local) > t.Vlen(p.target) {
		return false, nil
	}
	if !r.spend(t.Vlen(p.target)) {
		return false, errCOREBudget
	}
	byName := make(map[string]btfgraph.ID, t.Vlen(p.target))
	for i := range t.Vlen(p.target) {
		m := t.Member(p.target, i)
		byName[m.Name] = m.Type
	}
	for i := range l.Vlen(p.local) {
		m := l.Member(p.local, i)
		typ, ok := byName[m.Name]
		if !ok {
			return false, nil
		}
		if ok, err := r.ciliumMatch(p.to(m.Type, typ), seen); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (r *coreRun) ciliumEnumsMatch(p typesPair) (bool, error) {
	l, t := r.local, p.graph
	if l.Size(p.local) != t.Size(p.target) || l.Vlen(p.local) > t.Vlen(p.target) {
		return false, nil
	}
	if !r.spend(t.Vlen(p.target)) {
		return false, errCOREBudget
	}
	stems := make(map[string]struct{}, t.Vlen(p.target))
	for i := range t.Vlen(p.target) {
		stems[ciliumEssentialName(t.Enumerator(p.target, i).Name)] = struct{}{}
	}
	for i := range l.Vlen(p.local) {
		if _, ok := stems[ciliumEssentialName(l.Enumerator(p.local, i).Name)]; !ok {
			return false, nil
		}
	}
	return true, nil
}
