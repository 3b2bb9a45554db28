package btfgraph

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"sync"
)

// maxVisits is how often the records are visited again for names that nobody
// announced, before a table of all names is built: that costs as much as
// three visits or so.
const maxVisits = 2

// nameCache holds the answers to ByName, without those of the base.
type nameCache struct {
	mu     sync.Mutex
	wanted map[string]struct{} // announced and not looked for yet
	found  map[string][]ID     // looked for; ids ascending
	visits int                 // since the walk
	table  *nameTable
}

// ByName implements [Graph].
func (r *Raw) ByName(kind Kind, name string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if r.base != nil {
			for id := range r.base.ByName(kind, name) {
				if !yield(id) {
					return
				}
			}
		}
		for _, id := range r.ownByName(name) {
			if kind != KindVoid && r.Kind(id) != kind {
				continue
			}
			if !yield(id) {
				return
			}
		}
	}
}

// Prefetch implements [Graph].
func (r *Raw) Prefetch(names ...string) {
	if r.base != nil {
		r.base.Prefetch(names...)
	}
	c := &r.names
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		c.want(name)
	}
}

// want adds a name to be looked for. The caller holds mu.
func (c *nameCache) want(name string) {
	if c.table != nil || name == "" {
		return
	}
	if _, ok := c.found[name]; ok {
		return
	}
	if c.wanted == nil {
		c.wanted = make(map[string]struct{})
	}
	// The name may be a piece of something large or of a mapped file.
	c.wanted[strings.Clone(name)] = struct{}{}
}

// take removes the wanted names.
func (c *nameCache) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.takeLocked()
}

func (c *nameCache) takeLocked() []string {
	names := make([]string, 0, len(c.wanted))
	for name := range c.wanted {
		names = append(names, name)
	}
	slices.Sort(names)
	c.wanted = nil
	return names
}

// add stores what a visit found for the wanted names.
func (c *nameCache) add(wanted []string, hits []hit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addLocked(wanted, hits)
}

func (c *nameCache) addLocked(wanted []string, hits []hit) {
	if c.found == nil {
		c.found = make(map[string][]ID, len(wanted))
	}
	for _, name := range wanted {
		c.found[name] = nil
	}
	for _, h := range hits {
		c.found[h.name] = append(c.found[h.name], h.id)
	}
}

// ownByName returns the ids of a name, ascending, those of the base excluded.
func (r *Raw) ownByName(name string) []ID {
	if name == "" {
		return nil
	}
	c := &r.names
	c.mu.Lock()
	c.want(name) // so that the walk, if it is still to come, finds it
	c.mu.Unlock()
	r.walk()
	c.mu.Lock()
	defer c.mu.Unlock()
	if ids, ok := c.found[name]; ok {
		return ids
	}
	if c.table == nil && c.visits < maxVisits {
		c.visits++
		c.want(name)
		wanted := c.takeLocked()
		hits, _ := r.visit(wanted, false)
		c.addLocked(wanted, hits)
		return c.found[name]
	}
	if c.table == nil {
		c.table, c.wanted = newNameTable(r), nil
	}
	return c.table.find(r, name)
}

// finder recognises a set of names by their first 8 bytes.
type finder struct {
	filter [1 << (filterBits - 6)]uint64 // bit set over the hash of the key
	names  []findName                    // sorted by key
	hits   []hit                         // ascending by id
	// flavors are the names that end in FlavorSep; short tells that one of
	// them has fewer bytes than a key, so that the filter cannot know it.
	flavors map[string]struct{}
	short   bool
}

// filterBits is the size of a filter: 8 KiB, a quarter of the cache next to
// the processor, let one name in a thousand pass for nothing if 50 are wanted.
const filterBits = 16

type findName struct {
	key  uint64
	name string
}

type hit struct {
	name string
	id   ID
}

// want sets the names.
func (f *finder) want(names []string) {
	f.names = make([]findName, 0, len(names))
	for _, name := range names {
		flavors := strings.HasSuffix(name, FlavorSep)
		if flavors {
			f.wantFlavors(name)
			if len(name) < keyLen {
				continue
			}
		}
		key := paddedKey([]byte(name))
		h := keyHash(key)
		f.filter[h/64] |= 1 << (h % 64)
		if !flavors {
			f.names = append(f.names, findName{key, name})
		}
	}
	slices.SortStableFunc(f.names, func(a, b findName) int { return cmp.Compare(a.key, b.key) })
}

// maybe reports whether a string that starts with the bytes of word may be
// one of the names.
func (f *finder) maybe(word uint64) bool {
	h := keyHash(nameKey(word))
	return f.filter[h/64]>>(h%64)&1 != 0
}

// confirm keeps the id if the string at the start of s is one of the names.
func (f *finder) confirm(s []byte, id ID) {
	key := paddedKey(s)
	i := sort.Search(len(f.names), func(i int) bool { return f.names[i].key >= key })
	for ; i < len(f.names) && f.names[i].key == key; i++ {
		if startsWithName(s, f.names[i].name) {
			f.hits = append(f.hits, hit{f.names[i].name, id})
			break
		}
	}
	if len(f.flavors) > 0 {
		f.confirmFlavors(s, id)
	}
}

// startsWithName reports whether s begins with name and NUL.
func startsWithName(s []byte, name string) bool {
	return len(s) > len(name) && s[len(name)] == 0 && string(s[:len(name)]) == name
}

// keyLen is how many bytes of a name its key holds.
const keyLen = 8

// nameKey is the first 8 bytes of a string, read as a little-endian word, with
// zeroes from its NUL on.
func nameKey(word uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	zero := (word - ones) &^ word & highs // lowest bit set: high bit of the first zero byte
	return word & (zero ^ (zero - 1))     // all ones if there is none
}

// paddedKey is nameKey of bytes that may be fewer.
func paddedKey(s []byte) uint64 {
	var b [keyLen]byte
	copy(b[:], s)
	return nameKey(binary.LittleEndian.Uint64(b[:]))
}

func keyHash(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> (64 - filterBits) }

// nameTable is a hash table over all own names.
type nameTable struct {
	seed  maphash.Seed
	heads []uint32 // own index+1 of the first type of a bucket
	next  []uint32 // by own index: own index+1 of the next one, ascending
	// flavored are the names that hold FlavorSep, sorted, by own index where
	// they are equal.
	flavored []flavoredName
}

type flavoredName struct {
	name  []byte
	index uint32
}

func newNameTable(r *Raw) *nameTable {
	size := 1 << bits.Len32(r.count)
	t := &nameTable{seed: maphash.MakeSeed(), heads: make([]uint32, size), next: make([]uint32, r.count)}
	tails := make([]uint32, size)
	b := r.types
	for i := range r.count {
		rec := r.first(b)
		name := r.tailName(rec.name())
		b = b[len(rec.b):]
		if len(name) == 0 {
			continue
		}
		if bytes.Contains(name, []byte(FlavorSep)) {
			t.flavored = append(t.flavored, flavoredName{name, i})
		}
		h := maphash.Bytes(t.seed, name) & uint64(size-1)
		if tails[h] == 0 {
			t.heads[h] = i + 1
		} else {
			t.next[tails[h]-1] = i + 1
		}
		tails[h] = i + 1
	}
	slices.SortStableFunc(t.flavored, func(a, b flavoredName) int { return bytes.Compare(a.name, b.name) })
	return t
}

// tailName is the string at an offset as bytes, nil if there is none.
func (r *Raw) tailName(off uint32) []byte {
	if off == 0 {
		return nil
	}
	s := r.tail(off)
	return s[:max(bytes.IndexByte(s, 0), 0)]
}

func (t *nameTable) find(r *Raw, name string) []ID {
	var ids []ID
	if strings.HasSuffix(name, FlavorSep) {
		prefix := []byte(name)
		i, _ := slices.BinarySearchFunc(t.flavored, prefix, func(f flavoredName, b []byte) int { return bytes.Compare(f.name, b) })
		for ; i < len(t.flavored) && bytes.HasPrefix(t.flavored[i].name, prefix); i++ {
			ids = append(ids, r.firstOwn+ID(t.flavored[i].index))
		}
		slices.Sort(ids)
		return ids
	}
	for i := t.heads[maphash.String(t.seed, name)&uint64(len(t.heads)-1)]; i != 0; i = t.next[i-1] {
		id := r.firstOwn + ID(i-1)
		if r.Name(id) == name {
			ids = append(ids, id)
		}
	}
	return ids
}
