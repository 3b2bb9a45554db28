package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// compatible is whether a field of the local type may be read as that of the
// target.
func (n *nearest) compatible(local, target btfgraph.ID) bool {
	return n.run.fieldsCompatible(local, n.target, target)
}

// split looks for a member of a struct that became members of their own, and the
// other way round: inode.i_mtime.tv_sec is i_mtime_sec since Linux 6.11.
func (n *nearest) split(count int, name string) {
	rest := n.spec.accessors[n.at+1:]
	for i := range count {
		m := n.places[i]
		if part := partOf(name, m.name); part != "" && !n.own(m.name) {
			last := ""
			if len(rest) > 0 {
				last = rest[len(rest)-1].name
			}
			switch {
			case endsIn(last, part) && n.compatible(n.leaf, m.typ):
				n.place(Renamed, i, false)
			case len(rest) == 0 && n.hasPart(part, m.typ):
				n.place(Renamed, i, true)
			}
		}
		part := partOf(m.name, name)
		if part == "" || len(rest) > 0 {
			continue
		}
		first := len(n.places)
		end := n.members(m.typ, i, false)
		for j := first; j < end; j++ {
			if endsIn(n.places[j].name, part) && n.compatible(n.leaf, n.places[j].typ) {
				n.place(MovedInside, j, false)
				return
			}
		}
		n.places = n.places[:first]
	}
}

// hasPart reports whether the missing member is a struct with a member of which
// a name ends in part, and that fits.
func (n *nearest) hasPart(part string, typ btfgraph.ID) bool {
	id := btfgraph.SkipModsAndTypedefs(n.local, n.want)
	for i := range n.local.Vlen(id) {
		if m := n.local.Member(id, i); n.spend(1) && endsIn(m.Name, part) && n.compatible(m.Type, typ) {
			return true
		}
	}
	return false
}

// inside looks for the name in structs that are members, level by level.
func (n *nearest) inside(from, to int, name string, depth int) {
	start := len(n.places)
	for i := from; i < to; i++ {
		if !composite(n.target.Kind(btfgraph.SkipModsAndTypedefs(n.target, n.places[i].typ))) {
			continue
		}
		first := len(n.places)
		end := n.members(n.places[i].typ, i, false)
		for j := first; j < end; j++ {
			if n.places[j].name == name && n.fits(j) && n.isNew(j) {
				n.place(MovedInside, j, false)
			}
		}
	}
	if depth > 1 && len(n.places) > start && len(n.found) == 0 {
		n.inside(start, len(n.places), name, depth-1)
	}
}

// maxDistance is how far from the missing member a neighbour is looked for that
// kept its name.
const maxDistance = 3

// inPlace takes a new member for the missing one that lies where it lay: as many
// members after a neighbour that kept its name, and as many before one. If only
// one of the two says so, the names must have a word in common.
func (n *nearest) inPlace(count int, sure bool) {
	if sure && len(n.found) > 0 {
		return
	}
	after, prev := n.besides(count, -1)
	before, next := n.besides(count, 1)
	if sure {
		if after == before && after >= 0 && n.fits(after) && !n.own(n.places[after].name) &&
			(n.alike(n.places[after].typ) || shareWord(n.acc.name, n.places[after].name, prev)) {
			n.place(Renamed, after, false)
		}
		return
	}
	for _, c := range [...]struct {
		at        int
		neighbour string
	}{{after, prev}, {before, next}} {
		if c.at >= 0 && n.alike(n.places[c.at].typ) && shareWord(n.acc.name, n.places[c.at].name, c.neighbour) && !n.own(n.places[c.at].name) {
			n.place(Renamed, c.at, true)
		}
	}
}

// besides is the place as far from a neighbour's as the missing member is from
// the neighbour, and the neighbour's name; -1 if there is none.
func (n *nearest) besides(count, step int) (place int, neighbour string) {
	for d := 1; d <= maxDistance; d++ {
		name := n.local.Member(n.acc.typ, n.acc.idx+d*step).Name
		if name == "" {
			break
		}
		for i := range count {
			if n.places[i].name != name {
				continue
			}
			if place = i - d*step; place < 0 || place >= count {
				place = -1
			}
			return place, name
		}
	}
	return -1, ""
}

// onlyOne takes the only member of a struct for the only one that it had.
func (n *nearest) onlyOne(count int) {
	if count == 1 && n.local.Vlen(n.acc.typ) == 1 {
		n.place(Renamed, 0, false)
	}
}

// kin takes new places for the missing member that have its type and a name
// that says the same.
func (n *nearest) kin(count int, name string) {
	for i := range count {
		if m := &n.places[i]; kin(name, m.name) && n.tells(name, m.typ) && n.isNew(i) {
			how := MovedInside
			if m.up < 0 {
				how = Renamed
			}
			n.place(how, i, false)
		}
	}
}

// tells reports whether a type of the target is that of the missing member, and
// one that few members have, unless the name tells enough.
func (n *nearest) tells(name string, typ btfgraph.ID) bool {
	return n.alike(typ) && (len(name) >= longName || n.distinctive(typ))
}

// longName is the length in bytes from which a name tells enough by itself.
const longName = 12

// behind looks for the name in structs that members point to.
func (n *nearest) behind(id btfgraph.ID, count int, name string) {
	n.steps = nearestBudget / 2
	var seen []btfgraph.ID
	for i := range count {
		to, ok := n.pointee(n.places[i].typ)
		if !ok || to == id || len(seen) >= maxPointees {
			continue
		}
		if !slices.Contains(seen, to) {
			seen = append(seen, to)
			n.pointedTo(i, id, to, name)
		}
	}
}

// maxPointees bounds the structs that pointers of one struct lead to.
const maxPointees = 128

// pointee is the struct that a type of the target points to.
func (n *nearest) pointee(typ btfgraph.ID) (btfgraph.ID, bool) {
	ptr := btfgraph.SkipModsAndTypedefs(n.target, typ)
	if n.target.Kind(ptr) != btfgraph.KindPtr {
		return btfgraph.Void, false
	}
	to := btfgraph.SkipModsAndTypedefs(n.target, n.target.Ref(ptr))
	return to, composite(n.target.Kind(to))
}

// pointedTo looks into the struct that place i of struct id points to.
func (n *nearest) pointedTo(i int, id, to btfgraph.ID, name string) {
	first := len(n.places)
	n.members(to, i, true)
	var hit, like int
	for j := first; j < len(n.places); j++ {
		switch m := &n.places[j]; {
		case m.name == name && n.fits(j):
			hit = j
		case like == 0 && kin(name, m.name) && n.tells(name, m.typ):
			like = j
		}
	}
	if hit == 0 {
		hit = like
	}
	if hit > 0 {
		back := slices.ContainsFunc(n.places[first:], func(m nearPlace) bool { return n.leadsTo(m.typ, id) })
		n.movedBehind(i, hit, back)
	}
	n.places = n.places[:first]
}

// leadsTo reports a struct that is id, or a pointer to it.
func (n *nearest) leadsTo(typ, id btfgraph.ID) bool {
	typ = btfgraph.SkipModsAndTypedefs(n.target, typ)
	if n.target.Kind(typ) == btfgraph.KindPtr {
		typ = btfgraph.SkipModsAndTypedefs(n.target, n.target.Ref(typ))
	}
	return typ == id
}

// movedBehind adds a hit behind pointer i. Who holds or points to the struct that
// lacks the member has numbers of its own under the same name: rq.nr_running is
// not cfs_rq.nr_running.
func (n *nearest) movedBehind(i, hit int, back bool) {
	m := n.places[hit]
	_, had, known := n.localPlace(hit)
	_, old, _ := n.localPlace(i)
	tells := n.alike(m.typ) && n.distinctive(m.typ)
	if had || back && !(tells && endsIn(n.acc.name, m.name)) {
		return
	}
	n.place(MovedBehind, hit, back || m.name != n.acc.name || old && !known && !tells)
}

// becamePointer looks for the rest of the path behind a pointer that a struct
// became: gendisk.part0 points to a struct block_device since Linux 5.11.
func (n *nearest) becamePointer(typ btfgraph.ID, name string) {
	if !n.locate(name) || n.at+1 >= len(n.spec.accessors) || n.spec.accessors[n.at+1].name == "" {
		return
	}
	to, ok := n.pointee(typ)
	if !ok || !composite(n.local.Kind(btfgraph.SkipModsAndTypedefs(n.local, n.want))) {
		return
	}
	n.lacks(n.at + 1)
	n.places = append(n.places, nearPlace{up: -1, name: name, typ: typ})
	n.members(to, 0, true)
	for _, like := range [...]func(a, b string) bool{sameName, kin} {
		for j := 1; j < len(n.places); j++ {
			if m := &n.places[j]; like(n.acc.name, m.name) && n.fits(j) {
				n.place(MovedBehind, j, m.name != n.acc.name)
			}
		}
	}
}

// alike reports whether the missing member has a type of the target: by name or
// size, not only of its kind.
func (n *nearest) alike(typ btfgraph.ID) bool {
	l, t := n.want, typ
	for range nearestDepth {
		l, t = btfgraph.SkipModsAndTypedefs(n.local, l), btfgraph.SkipModsAndTypedefs(n.target, t)
		lk, tk := n.local.Kind(l), n.target.Kind(t)
		switch {
		case lk == btfgraph.KindPtr && tk == lk:
			l, t = n.local.Ref(l), n.target.Ref(t)
			continue
		case lk == btfgraph.KindArray && tk == lk:
			l, t = n.local.Array(l).Elem, n.target.Array(t).Elem
			continue
		case lk == btfgraph.KindInt && tk == lk:
			return n.local.Size(l) == n.target.Size(t)
		case lk == btfgraph.KindVoid:
			return tk == lk
		}
		name := n.local.Name(l)
		return tk != btfgraph.KindInt && name != "" && n.run.plan.Loader.EssentialName(name) == n.target.Name(t)
	}
	return false
}

// distinctive reports a pointer to a struct that has a name: few members of
// another meaning have it.
func (n *nearest) distinctive(typ btfgraph.ID) bool {
	to, ok := n.pointee(typ)
	return ok && n.target.Name(to) != "" && !strings.HasSuffix(n.target.Name(to), "_head")
}
