package plan

import (
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// libbpfEssentialName cuts the last "X___Y" whose neighbours are no
// underscores (libbpf.c, bpf_core_essential_name_len).
func libbpfEssentialName(name string) string {
	for i := len(name) - 5; i >= 0; i-- {
		if name[i] != '_' && name[i+1:i+4] == "___" && name[i+4] != '_' {
			return name[:i+1]
		}
	}
	return name
}

// ciliumEssentialName cuts at the last "___" that does not start the name,
// whatever stands around it (btf/types.go, newEssentialName).
func ciliumEssentialName(name string) string {
	if i := strings.LastIndex(name, "___"); i > 0 {
		return name[:i]
	}
	return name
}

// Bounds of the comparison of types. The first two are the loaders' own
// (relo_core.c, __bpf_core_types_are_compat; btf/types.go, maxResolveDepth).
const (
	libbpfCompatDepth  = 32
	ciliumResolveDepth = 32
	// compatBudget ends a comparison that hostile BTF makes exponential.
	compatBudget = 1 << 14
)

// typePair is a comparison of two types on the way.
type typePair struct {
	local, target  btfgraph.Graph
	localID, ID    btfgraph.ID
	visited        map[[2]btfgraph.ID]bool
	steps          int
	fit            func(p *typePair, lid, tid btfgraph.ID, level int) bool
	returnTypeHead bool
}

// libbpfTypesCompatible compares types as libbpf does for kfunc prototypes and
// ksym variables (relo_core.c, __bpf_core_types_are_compat).
func libbpfTypesCompatible(local btfgraph.Graph, lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) string {
	p := &typePair{local: local, target: target, localID: lid, ID: tid, fit: libbpfFit}
	return p.mismatch()
}

// ciliumTypesCompatible compares types as cilium/ebpf does for kfunc
// prototypes (btf/core.go, coreAreTypesCompatible).
func ciliumTypesCompatible(local btfgraph.Graph, lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) string {
	p := &typePair{local: local, target: target, localID: lid, ID: tid, fit: ciliumFit,
		visited: make(map[[2]btfgraph.ID]bool), returnTypeHead: true}
	return p.mismatch()
}

// mismatch names the first part that does not fit, "" if all do: an argument,
// the return type, or the type itself if it is no prototype.
func (p *typePair) mismatch() string {
	lid := btfgraph.SkipModsAndTypedefs(p.local, p.localID)
	tid := btfgraph.SkipModsAndTypedefs(p.target, p.ID)
	if p.local.Kind(lid) != btfgraph.KindFuncProto || p.target.Kind(tid) != btfgraph.KindFuncProto {
		if p.fit(p, p.localID, p.ID, libbpfCompatDepth) {
			return ""
		}
		return p.differ("", p.localID, p.ID)
	}
	result := ""
	if lret, tret := p.local.Ref(lid), p.target.Ref(tid); !p.fit(p, lret, tret, libbpfCompatDepth) {
		result = p.differ("return type: ", lret, tret)
	}
	if result != "" && p.returnTypeHead {
		return result
	}
	if l, t := p.local.Vlen(lid), p.target.Vlen(tid); l != t {
		return countOf(l, "argument") + " in the object, " + strconv.Itoa(t) + " in the kernel"
	}
	for i := range p.local.Vlen(lid) {
		larg, targ := p.local.Param(lid, i).Type, p.target.Param(tid, i).Type
		if !p.fit(p, larg, targ, libbpfCompatDepth-1) {
			return p.differ("argument "+strconv.Itoa(i+1)+": ", larg, targ)
		}
	}
	return result
}

// differ spells a pair that does not fit. The kinds tell what C does not: that
// a type is only declared, or that two types of one spelling differ.
func (p *typePair) differ(where string, lid, tid btfgraph.ID) string {
	l, t := quote(spell(p.local, lid)), quote(spell(p.target, tid))
	lkind, tkind := p.local.Kind(pointee(p.local, lid)), p.target.Kind(pointee(p.target, tid))
	if l == t || lkind == btfgraph.KindFwd || tkind == btfgraph.KindFwd {
		l, t = l+" ("+lkind.String()+")", t+" ("+tkind.String()+")"
	}
	return where + l + " in the object, " + t + " in the kernel"
}

// libbpfFit follows pointers and elements in step. A prototype nested in the
// types is compared with its arguments first.
func libbpfFit(p *typePair, lid, tid btfgraph.ID, level int) bool {
	for range libbpfCompatDepth {
		if p.steps++; p.steps > compatBudget {
			return false
		}
		lid = btfgraph.SkipModsAndTypedefs(p.local, lid)
		tid = btfgraph.SkipModsAndTypedefs(p.target, tid)
		if !sameKind(p.local.Kind(lid), p.target.Kind(tid)) {
			return false
		}
		switch p.local.Kind(lid) {
		case btfgraph.KindVoid, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindFwd:
			return true
		case btfgraph.KindInt:
			return p.local.Int(lid).Offset == 0 && p.target.Int(tid).Offset == 0
		case btfgraph.KindPtr, btfgraph.KindArray:
			lid, tid = p.local.Ref(lid), p.target.Ref(tid)
		case btfgraph.KindFuncProto:
			if p.local.Vlen(lid) != p.target.Vlen(tid) {
				return false
			}
			for i := range p.local.Vlen(lid) {
				if level <= 0 || !libbpfFit(p, p.local.Param(lid, i).Type, p.target.Param(tid, i).Type, level-1) {
					return false
				}
			}
			lid, tid = p.local.Ref(lid), p.target.Ref(tid)
		default:
			return false
		}
	}
	return false
}

// ciliumFit recurses into pointees, elements, array indexes, return types and
// arguments. A pair that was met before fits.
func ciliumFit(p *typePair, lid, tid btfgraph.ID, level int) bool {
	lid, lok := ciliumUnderlying(p.local, lid)
	tid, tok := ciliumUnderlying(p.target, tid)
	if !lok || !tok || !sameKind(p.local.Kind(lid), p.target.Kind(tid)) {
		return false
	}
	if p.visited[[2]btfgraph.ID{lid, tid}] {
		return true
	}
	if p.steps++; p.steps > compatBudget {
		return false
	}
	p.visited[[2]btfgraph.ID{lid, tid}] = true
	switch p.local.Kind(lid) {
	case btfgraph.KindVoid, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum, btfgraph.KindEnum64,
		btfgraph.KindFwd, btfgraph.KindInt:
		return true
	case btfgraph.KindPtr:
		return ciliumFit(p, p.local.Ref(lid), p.target.Ref(tid), level)
	case btfgraph.KindArray:
		l, t := p.local.Array(lid), p.target.Array(tid)
		return ciliumFit(p, l.Index, t.Index, level) && ciliumFit(p, l.Elem, t.Elem, level)
	case btfgraph.KindFuncProto:
		if !ciliumFit(p, p.local.Ref(lid), p.target.Ref(tid), level) || p.local.Vlen(lid) != p.target.Vlen(tid) {
			return false
		}
		for i := range p.local.Vlen(lid) {
			if !ciliumFit(p, p.local.Param(lid, i).Type, p.target.Param(tid, i).Type, level) {
				return false
			}
		}
		return true
	default:
		return false // FLOAT is "unsupported type"
	}
}

// ciliumUnderlying skips qualifiers and typedefs, false if there are more than
// cilium/ebpf follows (btf/types.go, UnderlyingType).
func ciliumUnderlying(g btfgraph.Graph, id btfgraph.ID) (btfgraph.ID, bool) {
	for range ciliumResolveDepth + 1 {
		switch g.Kind(id) {
		case btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict, btfgraph.KindTypeTag, btfgraph.KindTypedef:
			id = g.Ref(id)
		default:
			return id, true
		}
	}
	return btfgraph.Void, false
}

// sameKind tells that kinds are equal; ENUM and ENUM64 are one
// (libbpf_internal.h, btf_kind_core_compat).
func sameKind(l, t btfgraph.Kind) bool {
	return l == t ||
		l == btfgraph.KindEnum && t == btfgraph.KindEnum64 || l == btfgraph.KindEnum64 && t == btfgraph.KindEnum
}

// countOf is a number with its noun.
func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
