package plan

import (
	"strconv"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

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
		result = p.differ("return type is ", lret, tret)
	}
	if result != "" && p.returnTypeHead {
		return result
	}
	if l, t := p.local.Vlen(lid), p.target.Vlen(tid); l != t {
		return countOf(t, "argument") + ", not " + strconv.Itoa(l)
	}
	for i := range p.local.Vlen(lid) {
		larg, targ := p.local.Param(lid, i).Type, p.target.Param(tid, i).Type
		if !p.fit(p, larg, targ, libbpfCompatDepth-1) {
			return p.differ("argument "+strconv.Itoa(i+1)+" is ", larg, targ)
		}
	}
	return result
}

// differ spells a pair that does not fit, the kernel's first. The kinds tell
// what C does not: that a type is only declared, or that two types of one
// spelling differ.
func (p *typePair) differ(where string, lid, tid btfgraph.ID) string {
	l, t := quote(spell(p.local, lid)), quote(spell(p.target, tid))
	lkind, tkind := p.local.Kind(pointee(p.local, lid)), p.target.Kind(pointee(p.target, tid))
	same := l == t
	if same || lkind == btfgraph.KindFwd {
		l += " (" + lkind.String() + ")"
	}
	if same || tkind == btfgraph.KindFwd {
		t += " (" + tkind.String() + ")"
	}
	return where + t + ", not " + l
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

// maxSpelling bounds the C spelling of a type in a message, in bytes.
const maxSpelling = 64

// spell is a type in C. What gets too long is cut to "...".
func spell(g btfgraph.Graph, id btfgraph.ID) string {
	s := btfgraph.FormatType(g, id)
	if len(s) > maxSpelling {
		return s[:maxSpelling-3] + "..."
	}
	return s
}

// pointee follows pointers, elements and modifiers to the type that carries
// the name.
func pointee(g btfgraph.Graph, id btfgraph.ID) btfgraph.ID {
	for range libbpfCompatDepth {
		id = btfgraph.SkipModsAndTypedefs(g, id)
		if k := g.Kind(id); k != btfgraph.KindPtr && k != btfgraph.KindArray {
			return id
		}
		id = g.Ref(id)
	}
	return id
}
