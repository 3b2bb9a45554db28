package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Bounds of the search for where something went.
const (
	maxSuggestions = 3
	nearestBudget  = 1 << 13 // members looked at for one relocation
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
	// Renamed: a member, enumerator or type beside it has a name like it, or a
	// member its place.
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
	// Name is in C spelling: "task_struct.__state", "bio.bi_bdev->bd_disk",
	// `union "foo"`, `BPF_Y of enum "z"`.
	Name string
	// Type is the member's type in C spelling, without typedefs and qualifiers
	// of its own; "" for types and enumerators.
	Type string
	// Behind is the struct that the pointer leads to, in C spelling; "" if
	// there is no pointer on the way.
	Behind string
	// Loose tells that no more than a likeness speaks for it: the target has it,
	// and it may have had it all along.
	Loose bool
}

// Nearest says where the field, type or enumerator of a relocation may have
// gone in the target: at most three places, the likeliest first; none for a
// relocation that matched and fits. What it says is a guess for a human.
//
// The first search for a type or an enumerator that is missing passes over all
// types of the target, once for all plans. It is safe for concurrent use.
func (p *Plan) Nearest(b *COREBinding) []Suggestion {
	if b.group == nil || b.Kind == CORELocalTypeID || b.Matched && b.Status != COREPoisoned {
		return nil
	}
	if len(b.group.cands) == 0 {
		return p.nearestType(b)
	}
	fixes := b.group.fixesOf(b.relo)
	if b.relo.spec == nil || len(fixes) == 0 {
		return nil
	}
	target := b.group.cands[0]
	n := newNearest(p, b, target.Graph)
	defer p.facts.pool.done(n)
	why := fixes[0].why
	switch why.code {
	case mismatchNoMember:
		n.member(why.target, why.name)
	case mismatchMember:
		n.becamePointer(why.target, why.name)
		n.retyped(b, &why)
	case mismatchWidth, mismatchNoArray:
		n.retyped(b, &why)
	case mismatchNoEnumerator:
		n.enumerator(why.target, why.name)
		n.otherEnum(why.target, why.name)
	case mismatchTypes:
		typ := spell(n.target, btfgraph.SkipModsAndTypedefs(n.target, target.ID))
		if typ != spell(n.local, btfgraph.SkipModsAndTypedefs(n.local, b.group.root)) {
			n.add(Suggestion{How: Retyped, Name: typeRef(n.target, target.ID), Type: typ})
		}
	case mismatchKind:
		n.add(Suggestion{How: OtherKind, Name: typeRef(n.target, why.target)})
	}
	return n.found
}

// nearest is one search.
type nearest struct {
	local, target btfgraph.Graph
	spec          *coreSpec
	run           coreRun // compares types
	steps         int
	found         []Suggestion

	// The member that is missing, as the local type has it: where it is on the
	// path, its type and that of the field at the end of the path.
	at         int
	acc        accessor
	want, leaf btfgraph.ID

	// prefix is the way to the type that lacks it, places what was seen there.
	prefix string
	places []nearPlace
}

func newNearest(p *Plan, b *COREBinding, target btfgraph.Graph) *nearest {
	n := p.facts.pool.search()
	n.local, n.target, n.spec, n.steps = b.local(), target, b.relo.spec, nearestBudget
	n.run = coreRun{plan: p, policy: &p.Loader.CORE, local: n.local}
	return n
}

func (n *nearest) add(s Suggestion) {
	same := func(o Suggestion) bool { return o.Name == s.Name }
	if len(n.found) < maxSuggestions && !slices.ContainsFunc(n.found, same) {
		n.found = append(n.found, s)
	}
}

// spend takes k steps off the budget.
func (n *nearest) spend(k int) bool {
	n.steps -= k
	return n.steps >= 0
}

// retyped is the member that is there with another type.
func (n *nearest) retyped(b *COREBinding, why *coreMismatch) {
	n.add(Suggestion{How: Retyped, Name: b.pathTo(why.name), Type: spellBase(n.target, why.target)})
}

// spellBase is spell for a type that may be declared where its typedefs are not.
func spellBase(g btfgraph.Graph, id btfgraph.ID) string {
	return spell(g, btfgraph.SkipModsAndTypedefs(g, id))
}

// FieldType is the type of the relocated field in the object, modifiers and
// typedefs skipped, and whether it is a bitfield; Void for a relocation that is
// malformed or none of a field.
func (b *COREBinding) FieldType() (id btfgraph.ID, bitfield bool) {
	spec := b.relo.spec
	if spec == nil || !b.Kind.FieldBased() || len(spec.accessors) == 0 {
		return btfgraph.Void, false
	}
	last := spec.last()
	if last.name == "" {
		return btfgraph.SkipModsAndTypedefs(b.local(), last.typ), false
	}
	m := b.local().Member(last.typ, last.idx)
	return btfgraph.SkipModsAndTypedefs(b.local(), m.Type), m.BitfieldSize > 0
}

// pathTo is Path up to the member of that name.
func (b *COREBinding) pathTo(name string) string {
	spec := b.relo.spec
	for i, a := range spec.accessors {
		if a.name == name {
			return joinPath(b.Root(), spec.upTo(i+1))
		}
	}
	return b.Path()
}

// joinPath is a path that starts at a type.
func joinPath(root, path string) string {
	if path == "" || path[0] == '[' {
		return root + path
	}
	return root + "." + path
}

// enumerator looks for a name like it in the enum.
func (n *nearest) enumerator(id btfgraph.ID, name string) {
	for _, like := range likenesses {
		for i := range n.target.Vlen(id) {
			if !n.spend(1) {
				return
			}
			if e := n.target.Enumerator(id, i); like(name, e.Name) {
				n.add(Suggestion{How: Renamed, Name: e.Name})
			}
		}
	}
}

// otherEnum looks for the enumerator in all enums.
func (n *nearest) otherEnum(not btfgraph.ID, name string) {
	if len(n.found) > 0 {
		return
	}
	for id := range btfgraph.EnumsWith(n.target, name) {
		if id != not {
			n.add(Suggestion{How: OtherEnum, Name: name + " of " + typeRef(n.target, id)})
		}
	}
}
