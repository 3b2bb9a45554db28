package plan

import (
	"errors"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// compatLevel is how deep libbpf compares types (relo_core.c,
// __bpf_core_types_are_compat and __bpf_core_types_match).
const compatLevel = 32

// errTypeDepth is the error of types that nest too deep to be compared.
var errTypeDepth = errors.New("the types nest too deep")

// typesPair is a local type and a type of a target.
type typesPair struct {
	graph         btfgraph.Graph // of the target
	local, target btfgraph.ID
	level         int
}

// to is a pair that the two types lead to.
func (p typesPair) to(local, target btfgraph.ID) typesPair {
	return typesPair{p.graph, local, target, p.level + 1}
}

// typesCompatible is the relation behind type_exists, type_size and
// target_type_id (relo_core.c, __bpf_core_types_are_compat).
func (r *coreRun) typesCompatible(p typesPair, level int) (bool, error) {
	l, t := r.local, p.graph
	for range compatLevel {
		if !r.spend(1) {
			return false, errCOREBudget
		}
		p.local = btfgraph.SkipModsAndTypedefs(l, p.local)
		p.target = btfgraph.SkipModsAndTypedefs(t, p.target)
		if !sameKind(l.Kind(p.local), t.Kind(p.target)) {
			return false, nil
		}
		switch l.Kind(p.local) {
		case btfgraph.KindVoid, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum,
			btfgraph.KindEnum64, btfgraph.KindFwd:
			return true, nil
		case btfgraph.KindInt:
			return l.Int(p.local).Offset == 0 && t.Int(p.target).Offset == 0, nil
		case btfgraph.KindFloat:
			return r.policy.FloatFits, nil
		case btfgraph.KindPtr, btfgraph.KindArray:
			p.local, p.target = l.Ref(p.local), t.Ref(p.target)
		case btfgraph.KindFuncProto:
			if l.Vlen(p.local) != t.Vlen(p.target) {
				return false, nil
			}
			for i := range l.Vlen(p.local) {
				if level <= 0 {
					return false, errTypeDepth
				}
				arg := p.to(l.Param(p.local, i).Type, t.Param(p.target, i).Type)
				if ok, err := r.typesCompatible(arg, level-1); err != nil || !ok {
					return false, err
				}
			}
			p.local, p.target = l.Ref(p.local), t.Ref(p.target)
		default:
			return false, nil
		}
	}
	return false, errTypeDepth
}

// typesMatch is the relation behind type_matches: every member, enumerator and
// parameter of the local type has one of that name in the target (relo_core.c,
// __bpf_core_types_match).
func (r *coreRun) typesMatch(p typesPair, behindPtr bool, level int) (bool, error) {
	if level <= 0 {
		return false, errTypeDepth
	}
	l, t := r.local, p.graph
	for range compatLevel {
		if !r.spend(1) {
			return false, errCOREBudget
		}
		p.local = btfgraph.SkipModsAndTypedefs(l, p.local)
		p.target = btfgraph.SkipModsAndTypedefs(t, p.target)
		if !stemsMatch(l.Name(p.local), t.Name(p.target)) {
			return false, nil
		}
		lk, tk := l.Kind(p.local), t.Kind(p.target)
		if lk == btfgraph.KindFwd {
			return r.forwardMatches(p, behindPtr), nil
		}
		if behindPtr && composite(lk) && tk == btfgraph.KindFwd {
			return (lk == btfgraph.KindUnion) == t.KindFlag(p.target), nil
		}
		if !sameKind(lk, tk) {
			return false, nil
		}
		switch lk {
		case btfgraph.KindVoid:
			return true, nil
		case btfgraph.KindEnum, btfgraph.KindEnum64:
			return r.enumsMatch(p)
		case btfgraph.KindStruct, btfgraph.KindUnion:
			if behindPtr {
				return true, nil
			}
			return r.membersMatch(p, level)
		case btfgraph.KindInt:
			return l.Size(p.local) == t.Size(p.target) && signedness(l, p.local) == signedness(t, p.target), nil
		case btfgraph.KindPtr:
			behindPtr = true
		case btfgraph.KindArray:
			if l.Array(p.local).Nelems != t.Array(p.target).Nelems {
				return false, nil
			}
		case btfgraph.KindFuncProto:
			if ok, err := r.paramsMatch(p, behindPtr, level); err != nil || !ok {
				return false, err
			}
		default:
			return false, nil
		}
		p.local, p.target = l.Ref(p.local), t.Ref(p.target)
	}
	return false, errTypeDepth
}

// stemsMatch compares two names without their flavors; an anonymous type
// matches only an anonymous one (relo_core.c, bpf_core_names_match).
func stemsMatch(local, target string) bool {
	return local == target || local != "" && target != "" && libbpfEssentialName(local) == libbpfEssentialName(target)
}

// forwardMatches compares a local FWD, whose kind flag says union.
func (r *coreRun) forwardMatches(p typesPair, behindPtr bool) bool {
	union := r.local.KindFlag(p.local)
	switch p.graph.Kind(p.target) {
	case btfgraph.KindFwd:
		return union == p.graph.KindFlag(p.target)
	case btfgraph.KindStruct:
		return behindPtr && !union
	case btfgraph.KindUnion:
		return behindPtr && union
	}
	return false
}

func (r *coreRun) paramsMatch(p typesPair, behindPtr bool, level int) (bool, error) {
	l, t := r.local, p.graph
	if l.Vlen(p.local) != t.Vlen(p.target) {
		return false, nil
	}
	for i := range l.Vlen(p.local) {
		arg := p.to(l.Param(p.local, i).Type, t.Param(p.target, i).Type)
		if ok, err := r.typesMatch(arg, behindPtr, level-1); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (r *coreRun) enumsMatch(p typesPair) (bool, error) {
	l, t := r.local, p.graph
	if l.Size(p.local) != t.Size(p.target) || l.Vlen(p.local) > t.Vlen(p.target) {
		return false, nil
	}
	if !r.spend(t.Vlen(p.target)) {
		return false, errCOREBudget
	}
	names := make(map[string]bool, t.Vlen(p.target))
	for i := range t.Vlen(p.target) {
		names[libbpfEssentialName(t.Enumerator(p.target, i).Name)] = true
	}
	for i := range l.Vlen(p.local) {
		if !names[libbpfEssentialName(l.Enumerator(p.local, i).Name)] {
			return false, nil
		}
	}
	return true, nil
}

func (r *coreRun) membersMatch(p typesPair, level int) (bool, error) {
	l, t := r.local, p.graph
	if l.Vlen(p.local) > t.Vlen(p.target) {
		return false, nil
	}
	if !r.spend(t.Vlen(p.target)) {
		return false, errCOREBudget
	}
	byName := make(map[string][]btfgraph.ID, t.Vlen(p.target))
	for i := range t.Vlen(p.target) {
		m := t.Member(p.target, i)
		stem := libbpfEssentialName(m.Name)
		byName[stem] = append(byName[stem], m.Type)
	}
	for i := range l.Vlen(p.local) {
		m, matched := l.Member(p.local, i), false
		for _, typ := range byName[libbpfEssentialName(m.Name)] {
			var err error
			if matched, err = r.typesMatch(p.to(m.Type, typ), false, level-1); err != nil {
				return false, err
			}
			if matched {
				break
			}
		}
		if !matched {
			return false, nil
		}
	}
	return true, nil
}
