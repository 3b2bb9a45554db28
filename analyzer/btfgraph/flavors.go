package btfgraph

import "slices"

// FlavorSep separates a type's name from its flavor: "sk_buff___old".
//
// A name that ends in it stands for every name that starts with it, in
// [Graph.ByName] and [Graph.Prefetch]: "sk_buff___" for all flavors of
// sk_buff. No compiler writes such a name of its own accord.
const FlavorSep = "___"

// AppendByStem appends the ids of all named types of the graph, and of its base,
// whose name without its flavor is stem, ascending. What the flavor is differs
// between loaders, hence essential, which cuts it off; it must return a name
// without [FlavorSep] unchanged (libbpf libbpf.c, bpf_core_add_cands).
//
// Announce stem and stem+FlavorSep with [Graph.Prefetch] before.
func AppendByStem(ids []ID, g Graph, stem string, essential func(name string) string) []ID {
	if g == nil || stem == "" {
		return ids
	}
	own := essential(stem) == stem // the name without a flavor counts
	if r, ok := g.(*Raw); ok && r.base == nil {
		if plain, flavored := r.ownByStem(stem); len(flavored) == 0 {
			if own {
				ids = append(ids, plain...)
			}
			return ids
		}
	}
	start := len(ids)
	if own {
		ids = AppendNamed(ids, g, KindVoid, stem)
	}
	for _, id := range AppendNamed(nil, g, KindVoid, stem+FlavorSep) {
		if essential(g.Name(id)) == stem {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids[start:])
	return ids
}

// NextMember is the index of the first member of a STRUCT or UNION, from
// member i on, that has that name or none; -1 if there is none. Search goes
// on in the type of a member without a name.
func NextMember(g Graph, id ID, i int, name string) int {
	if r, ok := g.(*Raw); ok {
		return r.nextMember(id, i, name)
	}
	for n := g.Vlen(id); i < n; i++ {
		if m := g.Member(id, i).Name; m == name || m == "" {
			return i
		}
	}
	return -1
}

// nextMember is NextMember that decodes the record once and no name.
func (r *Raw) nextMember(id ID, i int, name string) int {
	rec := r.at(id)
	if k := rec.kind(); k != KindStruct && k != KindUnion || i < 0 {
		return -1
	}
	n := int(rec.vlen())
	if i >= n || len(rec.body()) < n*memberLen {
		return -1
	}
	for b := rec.body()[i*memberLen : n*memberLen]; len(b) >= memberLen; b = b[memberLen:] {
		off := u32(b)
		if off == 0 {
			return i
		}
		if s := rec.owner.tail(off); len(s) == 0 || s[0] == 0 || startsWithName(s, name) {
			return i
		}
		i++
	}
	return -1
}
