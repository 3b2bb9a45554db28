package btfgraph

import (
	"iter"
	"strings"
	"sync"
)

// StartingWith yields the ids of the STRUCTs, UNIONs, ENUMs, ENUM64s and
// TYPEDEFs whose names start with prefix, those of the base first, ascending;
// none if it is empty. A call for what was not announced, see [Start], passes over
// all types of the graph.
func StartingWith(g Graph, prefix string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if prefix == "" {
			return
		}
		if r, ok := g.(*Raw); ok {
			r.startingWith(prefix, yield)
			return
		}
		startingFrom(g, 1, prefix, yield)
	}
}

// startingFrom is StartingWith from one id on. It reports whether yield wants more.
func startingFrom(g Graph, first ID, prefix string, yield func(ID) bool) bool {
	for id := first; int(id) < g.Len(); id++ {
		if searched>>g.Kind(id)&1 != 0 && strings.HasPrefix(g.Name(id), prefix) && !yield(id) {
			return false
		}
	}
	return true
}

// startMark ends a name that stands for all that start with the 8 bytes before it.
// It is in no name that a compiler writes.
const startMark = "\x01"

// Start is what to announce with [Graph.Prefetch] so that [StartingWith] finds
// the types that start as a name does without a pass of its own; "" if the name
// is too short.
func Start(name string) string {
	if len(name) < keyLen || isStart(name) {
		return ""
	}
	return name[:keyLen] + startMark
}

func isStart(name string) bool { return len(name) == keyLen+1 && name[keyLen:] == startMark }

// announced are the types that start with the first 8 bytes of prefix, false if
// they were not announced before the first walk.
func (r *Raw) announced(prefix string) (ids []ID, ok bool) {
	if len(prefix) < keyLen || !r.walked.Load() {
		return nil, false
	}
	c := &r.names
	c.mu.Lock()
	defer c.mu.Unlock()
	ids, ok = c.found[prefix[:keyLen]+startMark]
	return ids, ok
}

// EnumsWith yields the ids of the ENUMs and ENUM64s that have an enumerator of
// that name, those of the base first, ascending. The first call passes over all
// types of the graph; one for a name that no enum has takes no time after it.
func EnumsWith(g Graph, name string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if r, ok := g.(*Raw); ok {
			r.enumsWith(name, yield)
			return
		}
		for id := ID(1); int(id) < g.Len(); id++ {
			if k := g.Kind(id); (k == KindEnum || k == KindEnum64) && hasEnumerator(g, id, name) && !yield(id) {
				return
			}
		}
	}
}

func hasEnumerator(g Graph, id ID, name string) bool {
	for i := range g.Vlen(id) {
		if g.Enumerator(id, i).Name == name {
			return true
		}
	}
	return false
}

const (
	// searched are the kinds of [StartingWith], as a set of bits.
	searched = enums | 1<<KindStruct | 1<<KindUnion | 1<<KindTypedef
	enums    = uint64(1<<KindEnum | 1<<KindEnum64)
)

// enumIndex is what the search for enumerators needs of own types. The first
// search makes it.
type enumIndex struct {
	once   sync.Once
	enums  []enumType // ascending by id
	filter []uint64   // bit set over the hash of enumerators
}

// enumType is an enum and where it is in the types.
type enumType struct {
	id  ID
	off uint32
}

// indexEnums passes over the records. It starts anew at every record that the
// index of the graph knows, so that the processor need not wait for the size
// of one group to begin with the next.
func (r *Raw) indexEnums(s *enumIndex) {
	r.walk()
	var sizes [2 * kindCount]uint64 // as in walker
	for k := range sizes {
		size := r.sizes[k%kindCount]
		sizes[k] = uint64(size.extra)<<8 | uint64(size.elem)
	}
	types, shift := r.types, r.shift&31
	for i := uint32(0); i < r.count; {
		off, last := uint64(r.index[i>>shift]), min(i|(1<<shift-1), r.count-1)
		for ; i <= last; i++ {
			rec := types[off : off+recordLen : off+recordLen]
			if kind := rec[7] & (kindCount - 1); kind < 64 && enums>>kind&1 != 0 {
				s.enums = append(s.enums, enumType{r.firstOwn + ID(i), uint32(off)})
			}
			size := sizes[rec[7]]
			off += recordLen + size>>8 + size&0xff*uint64(u32(rec[4:])&vlenMask)
		}
	}
	r.filterEnumerators(s)
}

// startingWith reports whether yield wants more.
func (r *Raw) startingWith(prefix string, yield func(ID) bool) bool {
	if r.base != nil && !r.base.startingWith(prefix, yield) {
		return false
	}
	if ids, ok := r.announced(prefix); ok {
		for _, id := range ids {
			if searched>>r.Kind(id)&1 != 0 && strings.HasPrefix(r.Name(id), prefix) && !yield(id) {
				return false
			}
		}
		return true
	}
	return startingFrom(r, r.firstOwn, prefix, yield)
}

// enumsWith reports whether yield wants more.
func (r *Raw) enumsWith(name string, yield func(ID) bool) bool {
	if r.base != nil && !r.base.enumsWith(name, yield) {
		return false
	}
	s := &r.enums
	s.once.Do(func() { r.indexEnums(s) })
	if h := enumHash(nameKeys([]byte(name))); s.filter[h/64]>>(h%64)&1 == 0 {
		return true
	}
	for _, e := range s.enums {
		for b := range r.enumerators(e) {
			if startsWithName(r.tail(u32(b)), name) {
				if !yield(e.id) {
					return false
				}
				break
			}
		}
	}
	return true
}

// filterEnumerators makes a filter of all enumerators: one that is looked for
// is in no enum most of the time.
func (r *Raw) filterEnumerators(s *enumIndex) {
	s.filter = make([]uint64, 1<<(enumBits-6))
	for _, e := range s.enums {
		for b := range r.enumerators(e) {
			h := enumHash(nameKeys(r.tail(u32(b))))
			s.filter[h/64] |= 1 << (h % 64)
		}
	}
}

// enumBits is the size of the filter: kernels have some 20,000 enumerators.
const enumBits = 18

func enumHash(key, more uint64) uint64 { return (key*mixer ^ more) * mixer >> (64 - enumBits) }

// enumerators yields what an enum has for each of its enumerators.
func (r *Raw) enumerators(e enumType) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		rec := r.first(r.types[e.off:])
		size := 8 // of struct btf_enum
		if rec.kind() == KindEnum64 {
			size = 12 // of struct btf_enum64
		}
		for b := rec.body(); len(b) >= size && yield(b[:size:size]); b = b[size:] {
		}
	}
}
