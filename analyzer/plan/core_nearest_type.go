package plan

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// nearTypes looks for types whose names are like those of local types that the
// target lacks, once for all groups without a candidate.
type nearTypes struct {
	once   sync.Once
	groups []coreGroup
	found  []nearType // in the order of groups
}

// nearType is what the search found for a group.
type nearType struct {
	hits   []nearTypeHit
	family bool // a type shares all words of the name but the last
}

type nearTypeHit struct {
	id   btfgraph.ID
	name string
	rank int
}

// nearestType is where a type may have gone: types of the name whose kind the
// loader passes over, else types with names like it.
func (p *Plan) nearestType(b *COREBinding) []Suggestion {
	var found []Suggestion
	for _, t := range b.group.misfits[:min(len(b.group.misfits), maxSuggestions)] {
		found = append(found, Suggestion{How: OtherKind, Name: typeRef(t.Graph, t.ID)})
	}
	if len(found) > 0 {
		return found
	}
	types := p.targetTypes()
	for _, h := range p.nearTypesOf(b).hits {
		found = append(found, Suggestion{How: Renamed, Name: typeRef(types, h.id)})
	}
	return found
}

// Foreign reports a relocation whose type the target lacks and whose name is
// like none of the kernel's: no type starts with the same words. Such a type is
// probably one of the tool.
func (p *Plan) Foreign(b *COREBinding) bool {
	if b.group == nil || len(b.group.cands) > 0 || len(b.group.misfits) > 0 || b.Kind == CORELocalTypeID {
		return false
	}
	t := p.nearTypesOf(b)
	return familyOf(b.group.stem) != "" && !t.family
}

// targetTypes are those in which missing types are looked for.
func (p *Plan) targetTypes() btfgraph.Graph {
	if p.opts.CORETypes != nil {
		return p.opts.CORETypes
	}
	return p.Kernel.Types
}

// nearTypesOf is what the search found for the relocation's type.
func (p *Plan) nearTypesOf(b *COREBinding) nearType {
	s := b.group.near
	if s == nil {
		return nearType{}
	}
	s.once.Do(func() { s.look(p.targetTypes()) })
	for i := range s.groups {
		if s.groups[i].coreLocal == b.group.coreLocal {
			return s.found[i]
		}
	}
	return nearType{}
}

// look searches for all groups that lack a type.
func (s *nearTypes) look(g btfgraph.Graph) {
	s.found = make([]nearType, len(s.groups))
	for i := range s.groups {
		if grp := &s.groups[i]; len(grp.cands) == 0 && len(grp.misfits) == 0 && grp.stem != "" && len(grp.stem) <= maxNearName {
			s.found[i] = nearType{hits: grp.typesLike(g), family: hasFamily(g, grp.stem)}
		}
	}
}

// nearName reports whether a name is of a length that is compared.
func nearName(name string) bool { return len(name) >= 4 && len(name) <= maxNearName }

// hasFamily reports whether a type of the target has all words of a name but the last.
func hasFamily(g btfgraph.Graph, stem string) bool {
	if len(familyOf(stem)) < longPrefix {
		return true // too little to tell
	}
	for id := range btfgraph.StartingWith(g, familyOf(stem)) {
		if nearName(g.Name(id)) {
			return true
		}
	}
	return false
}

// maxTypeHits bounds what the search for a type keeps.
const maxTypeHits = 64

// typesLike are the types of the target whose names are likest to the group's.
func (grp *coreGroup) typesLike(g btfgraph.Graph) []nearTypeHit {
	stem := grp.stem
	if len(stem) < longPrefix {
		return nil
	}
	var hits []nearTypeHit
	for id := range btfgraph.StartingWith(g, stem[:longPrefix]) {
		name, shared := g.Name(id), longPrefix
		for shared < len(stem) && shared < len(name) && stem[shared] == name[shared] {
			shared++
		}
		// The names share most, or one goes on where the other one ends.
		if !nearName(name) || shared*4 < 3*min(len(stem), len(name)) || !sameKind(grp.kind, g.Kind(id)) || !grp.membersIn(g, id) {
			continue
		}
		same := func(h nearTypeHit) bool { return h.name == name }
		if !slices.ContainsFunc(hits, same) {
			hits = append(hits, nearTypeHit{id, name, 3*shared - len(name)})
		}
		if len(hits) == maxTypeHits {
			break
		}
	}
	slices.SortStableFunc(hits, func(a, b nearTypeHit) int { return cmp.Compare(b.rank, a.rank) })
	return hits[:min(len(hits), maxSuggestions)]
}

// longPrefix is the length in bytes from which the start that two names of
// types share tells something.
const longPrefix = 8

// membersIn reports whether a type has the members with which the group's
// relocations start.
func (g *coreGroup) membersIn(target btfgraph.Graph, id btfgraph.ID) bool {
	n := nearest{steps: nearestBudget}
	for _, relo := range g.relos {
		if !relo.kind.FieldBased() || relo.spec == nil || len(relo.spec.accessors) < 2 {
			continue
		}
		if a := relo.spec.accessors[1]; a.name != "" {
			if _, ok := n.find(target, id, a.name, nearestDepth); !ok {
				return false
			}
		}
	}
	return true
}

// familyOf is a name up to its last word, "" if that is all.
func familyOf(name string) string {
	return name[:strings.LastIndexByte(strings.TrimRight(name, "_"), '_')+1]
}
