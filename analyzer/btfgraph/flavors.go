package btfgraph

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"
	"strings"
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
	for b, ok := rec.entry(3, i); ok && len(b) >= 12; i, b = i+1, b[12:] {
		off := rec.owner.u32(b)
		if off == 0 {
			return i
		}
		if s := rec.owner.tail(off); len(s) == 0 || s[0] == 0 || startsWithName(s, name) {
			return i
		}
	}
	return -1
}

// flavors are the names that start with prefix among those strings of the
// graph and its base that hold [FlavorSep], ascending.
func (r *Raw) flavors(prefix string) []string {
	r.flavorOnce.Do(func() {
		r.flavored = findFlavored(r.strs)
		slices.Sort(r.flavored)
	})
	i, _ := slices.BinarySearch(r.flavored, prefix)
	n := i
	for n < len(r.flavored) && strings.HasPrefix(r.flavored[n], prefix) {
		n++
	}
	if r.base == nil {
		return r.flavored[i:n:n]
	}
	return slices.Concat(r.base.flavors(prefix), r.flavored[i:n])
}

// findFlavored lists the strings that hold [FlavorSep]. Of three underscores
// in a row, two lie in the same aligned pair of bytes, which finds them four
// pairs at a time: a kernel has 2 MB of names and a hundred of this sort.
func findFlavored(strs []byte) []string {
	const ones, highs, marks = 0x0001000100010001, 0x8000800080008000, 0x5f5f5f5f5f5f5f5f
	var names []string
	for at := 0; at < len(strs); {
		rest := strs[at:]
		for len(rest) >= 32 {
			a, b := binary.LittleEndian.Uint64(rest)^marks, binary.LittleEndian.Uint64(rest[8:])^marks
			c, d := binary.LittleEndian.Uint64(rest[16:])^marks, binary.LittleEndian.Uint64(rest[24:])^marks
			if ((a-ones)&^a|(b-ones)&^b|(c-ones)&^c|(d-ones)&^d)&highs != 0 {
				break
			}
			rest = rest[32:]
		}
		at = len(strs) - len(rest)
		from := max(at-1, 0) // the first underscore may end the block before
		i := bytes.Index(strs[from:min(at+34, len(strs))], []byte(FlavorSep))
		if i < 0 {
			at += 32
			continue
		}
		start := bytes.LastIndexByte(strs[:from+i], 0) + 1
		name, _, _ := bytes.Cut(strs[start:], []byte{0})
		names = append(names, string(name))
		at = start + len(name)
	}
	return names
}

// ownFlavors is ownByName for all names that start with prefix.
func (r *Raw) ownFlavors(prefix string) []ID {
	var ids []ID
	for _, name := range r.flavors(prefix) {
		ids = append(ids, r.ownExact(name)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
