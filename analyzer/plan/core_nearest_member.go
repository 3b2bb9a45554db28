package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// nearPlace is a member of the target and how to get there in C.
type nearPlace struct {
	up   int  // index of the place of which it is a member, -1 for the type itself
	ptr  bool // it is behind a pointer
	name string
	typ  btfgraph.ID
}

// member looks for a missing member of the target type id, the surest ways first.
func (n *nearest) member(id btfgraph.ID, name string) {
	if !n.locate(name) {
		return
	}
	count := n.members(id, -1, false)
	for i := range count {
		if sameLetters(name, n.places[i].name) && n.fits(i) {
			n.place(Renamed, i, false)
		}
	}
	n.split(count, name)
	n.inside(0, count, name, nearestDepth)
	n.inPlace(count, true)
	for _, like := range likenesses {
		for i := range count {
			if m := &n.places[i]; like(name, m.name) && n.fits(i) && !n.own(m.name) {
				n.place(Renamed, i, false)
			}
		}
	}
	n.kin(len(n.places), name)
	n.inPlace(count, false)
	n.onlyOne(count)
	if len(n.found) < maxSuggestions {
		n.behind(id, count, name)
	}
}

// locate finds the local member of that name on the relocation's path.
func (n *nearest) locate(name string) bool {
	for i, a := range n.spec.accessors {
		if a.name == name && composite(n.local.Kind(a.typ)) {
			n.lacks(i)
			n.prefix = joinPath(n.run.plan.Loader.EssentialName(n.local.Name(n.spec.root)), n.spec.upTo(i))
			return true
		}
	}
	return false
}

// lacks makes accessor i the missing one.
func (n *nearest) lacks(i int) {
	n.at, n.acc = i, n.spec.accessors[i]
	n.want = n.local.Member(n.acc.typ, n.acc.idx).Type
	n.leaf = n.spec.last().typ
	if last := n.spec.last(); last.name != "" {
		n.leaf = n.local.Member(last.typ, last.idx).Type
	}
}

// upTo is path without accessor i and what follows.
func (s *coreSpec) upTo(i int) string {
	before := coreSpec{accessors: s.accessors[:i]}
	return before.path()
}

// members adds the named members of a type, those of anonymous members too, to
// the places, and returns how many there are then.
func (n *nearest) members(id btfgraph.ID, up int, ptr bool) int {
	id = btfgraph.SkipModsAndTypedefs(n.target, id)
	if !composite(n.target.Kind(id)) || !n.spend(1) {
		return len(n.places)
	}
	count := n.target.Vlen(id)
	n.places = slices.Grow(n.places, min(count, nearestBudget))
	for i := range count {
		if !n.spend(1) {
			break
		}
		m := n.target.Member(id, i)
		if m.Name == "" {
			n.members(m.Type, up, ptr)
			continue
		}
		n.places = append(n.places, nearPlace{up, ptr, m.Name, m.Type})
	}
	return len(n.places)
}

// fits reports whether a place may be read as the missing member, or what is
// at the end of the path as it is there.
func (n *nearest) fits(i int) bool {
	return n.run.fieldsCompatible(n.want, n.target, n.places[i].typ)
}

// place adds a place, with the rest of the relocation's path if it leads on.
func (n *nearest) place(how How, i int, loose bool) {
	path, typ := n.path(i), n.places[i].typ
	rest := n.spec.accessors[n.at+1:]
	if end, ok := n.follow(typ, rest); ok && len(rest) > 0 {
		whole := n.spec.path()
		typ, path = end, path+whole[len(n.spec.upTo(n.at+1)):]
	}
	s := Suggestion{How: how, Name: path, Type: spellBase(n.target, typ), Loose: loose}
	if m := n.places[i]; m.ptr {
		ptr := btfgraph.SkipModsAndTypedefs(n.target, n.places[m.up].typ)
		s.Behind = btfgraph.FormatType(n.target, btfgraph.SkipModsAndTypedefs(n.target, n.target.Ref(ptr)))
	}
	n.add(s)
}

// path is the way to a place in C.
func (n *nearest) path(i int) string {
	if i < 0 {
		return n.prefix
	}
	m := n.places[i]
	if m.ptr {
		return n.path(m.up) + "->" + m.name
	}
	return n.path(m.up) + "." + m.name
}

// follow follows named members and array elements from a type of the target.
func (n *nearest) follow(id btfgraph.ID, path []accessor) (btfgraph.ID, bool) {
	for _, a := range path {
		ok := true
		if a.name != "" {
			id, ok = n.find(n.target, id, a.name, nearestDepth)
		} else if id = btfgraph.SkipModsAndTypedefs(n.target, id); n.target.Kind(id) == btfgraph.KindArray {
			id = n.target.Array(id).Elem
		} else {
			ok = false
		}
		if !ok {
			return btfgraph.Void, false
		}
	}
	return id, true
}

// find is the type of the member of that name, through as many levels of
// members without a name.
func (n *nearest) find(g btfgraph.Graph, id btfgraph.ID, name string, depth int) (btfgraph.ID, bool) {
	id = btfgraph.SkipModsAndTypedefs(g, id)
	for i := 0; depth >= 0 && n.spend(1); i++ {
		if i = btfgraph.NextMember(g, id, i, name); i < 0 {
			break
		}
		m := g.Member(id, i)
		if m.Name == name {
			return m.Type, true
		}
		if typ, ok := n.find(g, m.Type, name, depth-1); ok {
			return typ, true
		}
	}
	return btfgraph.Void, false
}

// own reports whether the local type has a member of that name, beside the
// missing one: then that is none of its new names.
func (n *nearest) own(name string) bool {
	_, ok := n.find(n.local, n.acc.typ, name, nearestDepth)
	return ok
}

// localPlace is the type that a place has in the local types, if it was there
// too: then nothing moved there. known is false if they only declare a type on
// the way.
func (n *nearest) localPlace(i int) (typ btfgraph.ID, had, known bool) {
	if i < 0 {
		return n.acc.typ, true, true
	}
	m := n.places[i]
	id, had, known := n.localPlace(m.up)
	if !had {
		return id, had, known
	}
	id = btfgraph.SkipModsAndTypedefs(n.local, id)
	if m.ptr {
		if n.local.Kind(id) != btfgraph.KindPtr {
			return id, false, true
		}
		id = btfgraph.SkipModsAndTypedefs(n.local, n.local.Ref(id))
	}
	if !composite(n.local.Kind(id)) {
		return id, false, n.local.Kind(id) != btfgraph.KindFwd
	}
	typ, had = n.find(n.local, id, m.name, nearestDepth)
	return typ, had, true
}

// isNew reports whether a place is none that the local types have.
func (n *nearest) isNew(i int) bool {
	_, had, _ := n.localPlace(i)
	return !had
}
