package btfdiff

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// anonymous stands for [AnonymousEnums] among the groups.
const anonymous = -1

// sortKey is a group to be sorted, with the first 16 bytes of its name.
type sortKey struct {
	prefix  [2]uint64
	at      int32
	kind    Kind
	removed bool // only the old kernel has it
}

// order lists what differs by kind and name. Since Linux 7.0 BTF is sorted by name, so that
// most is in order already, but for what only the old kernel has.
func (c *comparison) order(ranges []groupRange) []int32 {
	if c.wants(KindEnum, AnonymousEnums) {
		ranges[0].differ = append(ranges[0].differ, sortKey{prefixOf(AnonymousEnums), anonymous, KindEnum, false})
	}
	var ends [2 * kindEnd]int // of the keys of a kind, those of removed ones first
	n := 0
	bucket := func(k *sortKey) int {
		if k.removed {
			return 2 * int(k.kind)
		}
		return 2*int(k.kind) + 1
	}
	for i := range ranges {
		for k := range ranges[i].differ {
			ends[bucket(&ranges[i].differ[k])]++
		}
		n += len(ranges[i].differ)
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	sorted, at := make([]sortKey, n), ends
	for i := range ranges { // from the back, as ids descend, see join
		for k := len(ranges[i].differ) - 1; k >= 0; k-- {
			key := &ranges[i].differ[k]
			b := bucket(key)
			at[b]--
			sorted[at[b]] = *key
		}
	}
	order := make([]int32, 0, n)
	for kind, from := 0, 0; kind < int(kindEnd); kind++ {
		a, b := sorted[from:ends[2*kind]], sorted[ends[2*kind]:ends[2*kind+1]]
		slices.SortFunc(a, c.compareKeys)
		slices.SortFunc(b, c.compareKeys)
		order, from = c.merge(order, a, b), ends[2*kind+1]
	}
	return order
}

// merge appends two sorted lists.
func (c *comparison) merge(order []int32, a, b []sortKey) []int32 {
	for len(a) > 0 || len(b) > 0 {
		next := &b
		if len(b) == 0 || len(a) > 0 && c.compareKeys(a[0], b[0]) < 0 {
			next = &a
		}
		order = append(order, (*next)[0].at)
		*next = (*next)[1:]
	}
	return order
}

func prefixOf(name string) [2]uint64 {
	var b [16]byte
	copy(b[:], name)
	return [2]uint64{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
}

func (c *comparison) compareKeys(a, b sortKey) int {
	for i := range a.prefix {
		if a.prefix[i] != b.prefix[i] {
			return cmp.Compare(a.prefix[i], b.prefix[i])
		}
	}
	return strings.Compare(c.nameAt(a.at), c.nameAt(b.at))
}

// nameAt is the name of a group.
func (c *comparison) nameAt(at int32) string {
	if at == anonymous {
		return AnonymousEnums
	}
	s, d := c.first(&c.groups[at])
	return s.nameOf(d)
}

// sortChanges orders changes by kind and name.
func sortChanges(list []Change) {
	slices.SortFunc(list, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
}
