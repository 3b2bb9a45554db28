package usedby

import (
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// place is a member, or what of a member is used, in the type with a name that
// declares it.
type place struct {
	kind       btfgraph.Kind
	name, part string
}

// Bounds for hostile types: how deep members without a name and chains of types
// are followed, and how many members are looked at for one path.
const (
	maxNesting = 32
	maxMembers = 1 << 16
)

// walk follows the members of a dotted path from a type and returns, for each
// type with a name on the way, the part of it that the path leads through. It
// looks into members without a name, as CO-RE does, and through arrays. found
// is false if the path leads nowhere.
func walk(g btfgraph.Graph, root btfgraph.ID, path string) (places []place, found bool) {
	id, at := composite(g, root)
	if at.name == "" {
		return nil, false
	}
	budget := maxMembers
	for _, name := range strings.Split(path, ".") {
		if at.part != "" {
			at.part += "."
		}
		at.part += name
		member, ok := find(g, id, name, maxNesting, &budget)
		if !ok || name == "" {
			return nil, false
		}
		next, in := composite(g, member)
		if in.name != "" {
			places, at = append(places, at), in
		}
		id = next
	}
	if at.part != "" {
		places = append(places, at)
	}
	return places, true
}

// composite is what a type is without modifiers, typedefs and arrays, and the
// place that it opens: its own name, or that of the typedef of a type without
// one; no name if it has none at all.
func composite(g btfgraph.Graph, id btfgraph.ID) (btfgraph.ID, place) {
	var at place
	for range maxNesting {
		id = btfgraph.SkipMods(g, id)
		switch g.Kind(id) {
		case btfgraph.KindTypedef:
			at = place{kind: btfgraph.KindTypedef, name: g.Name(id)}
			id = g.Ref(id)
			continue
		case btfgraph.KindArray:
			at = place{}
			id = g.Array(id).Elem
			continue
		}
		break
	}
	if name := g.Name(id); name != "" {
		at = place{kind: g.Kind(id), name: name}
	}
	return id, at
}

// find returns the type of the member of that name, also inside of members
// without a name (libbpf relo_core.c, bpf_core_match_member).
func find(g btfgraph.Graph, id btfgraph.ID, name string, depth int, budget *int) (btfgraph.ID, bool) {
	if k := g.Kind(id); k != btfgraph.KindStruct && k != btfgraph.KindUnion || depth == 0 {
		return btfgraph.Void, false
	}
	for i := range g.Vlen(id) {
		if *budget--; *budget < 0 {
			break
		}
		m := g.Member(id, i)
		if m.Name == name {
			return m.Type, true
		}
		if m.Name != "" {
			continue
		}
		inner := btfgraph.SkipModsAndTypedefs(g, m.Type)
		if t, ok := find(g, inner, name, depth-1, budget); ok {
			return t, true
		}
	}
	return btfgraph.Void, false
}
