package btfgraph

import (
	"bytes"
	"iter"
	"slices"
)

// FlavorSep separates a type's name from its flavor: "sk_buff___old".
//
// A name that ends in it stands for every name that starts with it, in
// [Graph.ByName] and [Graph.Prefetch]: "sk_buff___" for all flavors of
// sk_buff. No compiler writes such a name of its own accord.
const FlavorSep = "___"

// ByStem yields the ids of all named types of the graph, and of its base,
// whose name without its flavor is stem, ascending. What the flavor is differs
// between loaders, hence essential, which cuts it off; it must return a name
// without [FlavorSep] unchanged (libbpf libbpf.c, bpf_core_add_cands).
//
// Announce stem and stem+FlavorSep with [Graph.Prefetch] before.
func ByStem(g Graph, stem string, essential func(name string) string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if g == nil || stem == "" {
			return
		}
		var ids []ID
		for id := range g.ByName(KindVoid, stem) {
			ids = append(ids, id)
		}
		plain := len(ids)
		for id := range g.ByName(KindVoid, stem+FlavorSep) {
			ids = append(ids, id)
		}
		if len(ids) > plain {
			slices.Sort(ids)
			ids = slices.Compact(ids)
		}
		for _, id := range ids {
			if essential(g.Name(id)) == stem && !yield(id) {
				return
			}
		}
	}
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
	rec, _ := r.at(id)
	if k := rec.kind(); k != KindStruct && k != KindUnion {
		return -1
	}
	for b, ok := rec.entry(3, i); ok; b, ok = rec.entry(3, i) {
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

// wantFlavors adds a name that ends in FlavorSep.
func (f *finder) wantFlavors(name string) {
	if f.flavors == nil {
		f.flavors = make(map[string]struct{})
	}
	f.flavors[name] = struct{}{}
	f.short = f.short || len(name) < keyLen
}

// confirmFlavors keeps the id for every name that ends in FlavorSep and that
// the string at the start of s starts with.
func (f *finder) confirmFlavors(s []byte, id ID) {
	s = s[:max(bytes.IndexByte(s, 0), 0)]
	for end := len(FlavorSep); end <= len(s); end++ {
		if string(s[end-len(FlavorSep):end]) != FlavorSep {
			continue
		}
		if _, ok := f.flavors[string(s[:end])]; ok {
			f.hits = append(f.hits, hit{string(s[:end]), id})
		}
	}
}

// holdsSep reports whether the first 8 bytes of a string hold [FlavorSep]. It
// may err towards yes.
func holdsSep(word uint64) bool {
	const ones, highs, marks = 0x0101010101010101, 0x8080808080808080, 0x5f5f5f5f5f5f5f5f
	w := word ^ marks
	zero := (w - ones) &^ w & highs // high bit of every underscore
	return zero&(zero>>8)&(zero>>16) != 0
}
