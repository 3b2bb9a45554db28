package btfgraph

import (
	"cmp"
	"slices"
)

// declTag is a DECL_TAG: the type it is put on, as stored, its own id and the
// offset of its name.
type declTag struct {
	target, id ID
	name       uint32
}

// sortTags orders the graph's own DECL_TAGs by target and collects their
// names, once: a vmlinux has some thousand of them with a handful of names.
func (r *Raw) sortTags() {
	r.walk()
	r.tagOnce.Do(func() {
		seen := make(map[uint32]struct{})
		for _, t := range r.declTags {
			if _, ok := seen[t.name]; !ok {
				seen[t.name] = struct{}{}
				r.tagNames = append(r.tagNames, r.str(t.name))
			}
		}
		slices.Sort(r.tagNames)
		slices.SortStableFunc(r.declTags, func(a, b declTag) int { return cmp.Compare(a.target, b.target) })
	})
}

// Tagged implements [Graph].
func (r *Raw) Tagged(id ID, tag string) bool {
	r.sortTags()
	i, _ := slices.BinarySearchFunc(r.declTags, id, func(t declTag, id ID) int { return cmp.Compare(t.target, id) })
	for ; i < len(r.declTags) && r.declTags[i].target == id; i++ {
		if r.str(r.declTags[i].name) == tag && r.ComponentIndex(r.declTags[i].id) == -1 {
			return true
		}
	}
	return r.base != nil && id < r.firstOwn && r.base.Tagged(id, tag)
}

// HasTag implements [Graph].
func (r *Raw) HasTag(tag string) bool {
	r.sortTags()
	_, ok := slices.BinarySearch(r.tagNames, tag)
	return ok || r.base != nil && r.base.HasTag(tag)
}
