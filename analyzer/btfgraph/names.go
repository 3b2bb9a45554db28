package btfgraph

import (
	"bytes"
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
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
	wanted []string        // announced and not looked for yet
	tidied int             // so many of them are sorted, at the start
	found  map[string][]ID // looked for; ids ascending
	visits int             // since the walk
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
	c.want(names...)
	c.tidy()
}

// want adds names to be looked for. The caller holds mu.
func (c *nameCache) want(names ...string) {
	if c.table != nil {
		return
	}
	length := 0
	for _, name := range names {
		length += len(name)
	}
	// The names may be pieces of something large or of a mapped file.
	var copied strings.Builder
	for _, name := range names {
		if _, ok := c.found[name]; ok || name == "" {
			continue
		}
		start := copied.Len()
		if start == 0 {
			copied.Grow(length)
		}
		copied.WriteString(name)
		c.wanted = append(c.wanted, copied.String()[start:])
	}
}

// take removes the wanted names and returns them sorted.
func (c *nameCache) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.takeLocked()
}

func (c *nameCache) takeLocked() []string {
	c.tidy()
	names := c.wanted
	c.wanted, c.tidied = nil, 0
	return names
}

// tidy sorts the wanted names and drops duplicates. The caller holds mu.
func (c *nameCache) tidy() {
	// The names of a run of many objects come sorted, after a few others.
	if first := c.wanted[:c.tidied]; !slices.IsSorted(c.wanted) {
		next := c.wanted[c.tidied:]
		if !slices.IsSorted(next) {
			slices.Sort(next)
		}
		merged := make([]string, 0, len(c.wanted))
		for len(first) > 0 && len(next) > 0 {
			from := &first
			if next[0] < first[0] {
				from = &next
			}
			merged, *from = append(merged, (*from)[0]), (*from)[1:]
		}
		c.wanted = append(append(merged, first...), next...)
	}
	c.wanted = slices.Compact(c.wanted)
	c.tidied = len(c.wanted)
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
	// The ids of one name after those of another, in one piece of memory.
	ends := make([]int, len(wanted)+1)
	for _, h := range hits {
		ends[h.name+1]++
	}
	for i := range wanted {
		ends[i+1] += ends[i]
	}
	ids := make([]ID, len(hits))
	for _, h := range hits {
		ids[ends[h.name]] = h.id
		ends[h.name]++
	}
	start := 0
	for i, name := range wanted {
		c.found[name] = ids[start:ends[i]:ends[i]]
		start = ends[i]
	}
}

// ownByName returns the ids of a name, ascending, those of the base excluded.
func (r *Raw) ownByName(name string) []ID {
	if name == "" {
		return nil
	}
	c := &r.names
	c.mu.Lock()
	defer c.mu.Unlock()
	r.walkFor(name)
	return r.lookUp(name)
}

// ownByStem returns the ids of a name and those of its flavors, each ascending.
func (r *Raw) ownByStem(stem string) (plain, flavored []ID) {
	c := &r.names
	c.mu.Lock()
	defer c.mu.Unlock()
	if !r.walked.Load() {
		r.walkFor(stem, stem+FlavorSep)
	}
	plain = r.lookUp(stem)
	flavored, ok := c.found[stem+FlavorSep]
	if !ok {
		flavored = r.lookUp(stem + FlavorSep)
	}
	return plain, flavored
}

// walkFor walks the records if nobody did, and finds the names on the way. The
// caller holds the lock of the names.
func (r *Raw) walkFor(names ...string) {
	if r.walked.Load() {
		return
	}
	c := &r.names
	c.want(names...)
	c.mu.Unlock()
	r.walk()
	c.mu.Lock()
}

// lookUp returns the ids of a name after the walk. The caller holds the lock of
// the names.
func (r *Raw) lookUp(name string) []ID {
	c := &r.names
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
		c.table, c.wanted, c.tidied = newNameTable(r), nil, 0
	}
	return c.table.find(r, name)
}

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
