package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Bounds of the search for where something went.
const (
	maxSuggestions = 3
	nearestBudget  = 1 << 14 // members looked at for one relocation
	nearestDepth   = 3       // levels of members within members
)

// How says what became of a missing thing.
type How uint8

// String is the way in one word or two.
func (h How) String() string {
	return [...]string{"renamed", "moved inside", "moved behind", "retyped", "other kind", "other enum"}[min(int(h), 5)]
}

// Ways in which things go missing.
const (
	// Renamed: a member or enumerator beside it has a name like it, or its place.
	Renamed How = iota
	// MovedInside: a member of the struct has a member of that name.
	MovedInside
	// MovedBehind: a member points to a struct that has a member of that name.
	MovedBehind
	// Retyped: it is there, with a type that does not fit.
	Retyped
	// OtherKind: the type is there, and is of another kind.
	OtherKind
	// OtherEnum: another enum has the enumerator.
	OtherEnum
)

// Suggestion is where a thing that a relocation does not find may have gone.
type Suggestion struct {
	How How
	// Name is in C spelling: "task_struct.__state", "sock.sk_net->ns",
	// `union "foo"`, `BPF_Y of enum "z"`.
	Name string
	// Type is the member's type in C spelling, "" for types and enumerators.
	Type string
}

// Nearest says where the field, type or enumerator of a relocation may have
// gone in the target: at most three places, the likeliest first; none for a
// relocation that matched and fits. What it says is a guess for a human.
func (p *Plan) Nearest(b *COREBinding) []Suggestion {
	if b.group == nil || b.Kind == CORELocalTypeID || b.Matched && b.Status != COREPoisoned {
		return nil
	}
	if len(b.group.cands) == 0 {
		return otherKinds(b.group)
	}
	fixes := b.group.fixesOf(b.relo)
	if b.relo.spec == nil || len(fixes) == 0 {
		return nil
	}
	n := &nearest{local: b.local(), target: b.group.cands[0].Graph, spec: b.relo.spec, steps: nearestBudget}
	why := fixes[0].why
	switch why.code {
	case mismatchNoMember:
		n.member(why.target, why.name)
	case mismatchMember, mismatchWidth, mismatchNoArray:
		n.add(Retyped, b.pathTo(why.name), spell(n.target, why.target))
	case mismatchNoEnumerator:
		n.enumerator(why.target, why.name)
		n.otherEnum(why.target, why.name)
	case mismatchTypes:
		id := b.group.cands[0].ID
		typ := spell(n.target, btfgraph.SkipModsAndTypedefs(n.target, id))
		if typ != spell(n.local, btfgraph.SkipModsAndTypedefs(n.local, b.group.root)) {
			n.add(Retyped, typeRef(n.target, id), typ)
		}
	case mismatchKind:
		n.add(OtherKind, typeRef(n.target, why.target), "")
	}
	return n.found
}

// pathTo is Path up to the member of that name.
func (b *COREBinding) pathTo(name string) string {
	spec := *b.relo.spec
	for i, a := range spec.accessors {
		if a.name == name {
			spec.accessors = spec.accessors[:i+1]
			return b.Root() + "." + spec.path()
		}
	}
	return b.Path()
}

// otherKinds are the types of the name whose kind the loader passes over.
func otherKinds(g *coreGroup) []Suggestion {
	var found []Suggestion
	for _, t := range g.misfits[:min(len(g.misfits), maxSuggestions)] {
		found = append(found, Suggestion{How: OtherKind, Name: typeRef(t.Graph, t.ID)})
	}
	return found
}

// nearest is one search.
type nearest struct {
	local, target btfgraph.Graph
	spec          *coreSpec
	steps         int
	found         []Suggestion
}

func (n *nearest) add(how How, name, typ string) {
	s := Suggestion{How: how, Name: name, Type: typ}
	if len(n.found) < maxSuggestions && !slices.Contains(n.found, s) {
		n.found = append(n.found, s)
	}
}

// spend takes k steps off the budget.
func (n *nearest) spend(k int) bool {
	n.steps -= k
	return n.steps >= 0
}

// nearMember is a member of the target and how to get there in C: that of which
// it is a member, and its name.
type nearMember struct {
	parent, name string
	typ          btfgraph.ID
}

func (m *nearMember) path() string { return m.parent + "." + m.name }

// member looks for a missing member of the target type id.
func (n *nearest) member(id btfgraph.ID, name string) {
	acc, ok := n.accessor(name)
	if !ok {
		return
	}
	want := n.local.Member(acc.typ, acc.idx).Type
	root := n.target.Name(id)
	if root == "" {
		root = n.target.Name(n.spec.root)
	}
	members := n.members(id, root, nil)
	run := coreRun{local: n.local}
	for _, like := range []func(name, other string) bool{sameLetters, closeTo, extends} {
		for _, m := range members {
			if like(name, m.name) && run.fieldsCompatible(want, n.target, m.typ) {
				n.add(Renamed, m.path(), spell(n.target, m.typ))
			}
		}
	}
	n.inside(members, name, nearestDepth)
	n.between(acc, members, want)
	n.behind(members, name)
}

// accessor is the local member of that name on the relocation's path.
func (n *nearest) accessor(name string) (accessor, bool) {
	for _, a := range n.spec.accessors {
		if a.name == name && composite(n.local.Kind(a.typ)) {
			return a, true
		}
	}
	return accessor{}, false
}

// members lists the named members of a type, those of anonymous members too.
func (n *nearest) members(id btfgraph.ID, path string, list []nearMember) []nearMember {
	id = btfgraph.SkipModsAndTypedefs(n.target, id)
	if !composite(n.target.Kind(id)) || !n.spend(1) {
		return list
	}
	for i := range n.target.Vlen(id) {
		if !n.spend(1) {
			return list
		}
		m := n.target.Member(id, i)
		if m.Name == "" {
			list = n.members(m.Type, path, list)
			continue
		}
		list = append(list, nearMember{path, m.Name, m.Type})
	}
	return list
}

// inside looks for the name in structs that are members, level by level.
func (n *nearest) inside(members []nearMember, name string, depth int) {
	var next []nearMember
	for _, m := range members {
		if !composite(n.target.Kind(btfgraph.SkipModsAndTypedefs(n.target, m.typ))) {
			continue
		}
		start := len(next)
		next = n.members(m.typ, m.path(), next)
		for _, inner := range next[start:] {
			if inner.name == name {
				n.add(MovedInside, inner.path(), spell(n.target, inner.typ))
			}
		}
	}
	if depth > 1 && len(next) > 0 && len(n.found) == 0 {
		n.inside(next, name, depth-1)
	}
}

// behind looks for the name in structs that members point to.
func (n *nearest) behind(members []nearMember, name string) {
	var inners []nearMember
	for _, m := range members {
		if len(n.found) >= maxSuggestions {
			return
		}
		ptr := btfgraph.SkipModsAndTypedefs(n.target, m.typ)
		if n.target.Kind(ptr) != btfgraph.KindPtr {
			continue
		}
		inners = n.members(n.target.Ref(ptr), "", inners[:0])
		for _, inner := range inners {
			if inner.name == name {
				n.add(MovedBehind, m.path()+"->"+name, spell(n.target, inner.typ))
			}
		}
	}
}

// between takes the one member for the missing one that lies where it lay:
// between the same two neighbours, with a type that fits.
func (n *nearest) between(acc accessor, members []nearMember, want btfgraph.ID) {
	if acc.idx == 0 || acc.idx+1 >= n.local.Vlen(acc.typ) || len(n.found) > 0 {
		return
	}
	before, after := n.local.Member(acc.typ, acc.idx-1).Name, n.local.Member(acc.typ, acc.idx+1).Name
	run := coreRun{local: n.local}
	for i := 1; i+1 < len(members) && before != "" && after != ""; i++ {
		if members[i-1].name == before && members[i+1].name == after &&
			run.fieldsCompatible(want, n.target, members[i].typ) {
			n.add(Renamed, members[i].path(), spell(n.target, members[i].typ))
		}
	}
}

// enumerator looks for a name like it in the enum.
func (n *nearest) enumerator(id btfgraph.ID, name string) {
	for _, like := range []func(name, other string) bool{sameLetters, closeTo, extends} {
		for i := range n.target.Vlen(id) {
			if !n.spend(1) {
				return
			}
			if e := n.target.Enumerator(id, i); like(name, e.Name) {
				n.add(Renamed, e.Name, "")
			}
		}
	}
}

// enumScan bounds the search of all enums: a kernel has some 130,000 types.
const enumScan = 1 << 19

// otherEnum looks for the enumerator in all enums.
func (n *nearest) otherEnum(not btfgraph.ID, name string) {
	if len(n.found) > 0 {
		return
	}
	seen := 0 // enumerators
	for id := range btfgraph.Enums(n.target) {
		if id == not {
			continue
		}
		for i := range n.target.Vlen(id) {
			if seen++; seen+int(id) >= enumScan {
				return
			}
			if n.target.Enumerator(id, i).Name == name {
				n.add(OtherEnum, name+" of "+typeRef(n.target, id), "")
			}
		}
	}
}

// sameLetters: equal but for case and underscores.
func sameLetters(a, b string) bool {
	if len(a) > maxNearName || len(b) > maxNearName {
		return false
	}
	i, j := 0, 0
	for {
		for i < len(a) && a[i] == '_' {
			i++
		}
		for j < len(b) && b[j] == '_' {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if lower(a[i]) != lower(b[j]) {
			return false
		}
		i, j = i+1, j+1
	}
}

// lower is a letter of C in lower case.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// maxNearName is the length in bytes up to which names are compared.
const maxNearName = 128

// extends: one is the other with a word before or after it. Short names are
// part of too many others.
func extends(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 4 && (strings.HasPrefix(b, a+"_") || strings.HasSuffix(b, "_"+a))
}

// closeTo: one edit apart, or two if the names are long.
func closeTo(a, b string) bool {
	limit := 0
	switch n := min(len(a), len(b)); {
	case n >= 8 && n <= maxNearName:
		limit = 2
	case n >= 4 && n <= maxNearName:
		limit = 1
	}
	return limit > 0 && max(len(a), len(b))-min(len(a), len(b)) <= limit && editDistance(a, b) <= limit
}

// editDistance is the number of insertions, deletions and replacements between
// two names.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost = 1 + min(diag, row[j], row[j+1])
			}
			diag, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
