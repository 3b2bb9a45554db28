package btfgraph

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"sort"
	"strings"
)

// finder recognises a set of names. Most strings are ruled out by their first
// 8 bytes, most of the others by the next 8.
type finder struct {
	filter [1 << (filterBits - 6)]uint64 // bit set over the hash of the key
	pairs  [1 << (pairBits - 6)]uint64   // bit set over the hash of key and more
	names  []findName                    // sorted by key and more
	hits   []hit                         // ascending by id
	// flavors are the names that end in FlavorSep, sorted by key; more is
	// anyFlavor. short are those of them that have fewer bytes than a key, so
	// that the filter cannot know them; more are the bytes of key that count.
	flavors, short []findName
}

// filterBits is the size of the filter: 8 KiB, a quarter of the cache next to
// the processor, let one name in a thousand pass for nothing if 50 are wanted.
const filterBits = 16

// pairBits is the size of the set of pairs, which few strings come to.
const pairBits = 13

// findName is a name with its first 8 bytes and the next 8.
type findName struct {
	key, more uint64
	name      string
	index     int // among those wanted
}

// anyFlavor is more of a name that stands for all that start with it.
const anyFlavor = 1<<64 - 1

// hit is a type that has one of the names.
type hit struct {
	name int // index among those wanted
	id   ID
}

// want sets the names, which are sorted.
func (f *finder) want(names []string) {
	f.names, f.hits = make([]findName, 0, len(names)), make([]hit, 0, len(names))
	for i, name := range names {
		n := findName{name: name, index: i}
		n.key, n.more = nameKeys([]byte(name))
		switch {
		case isStart(name):
			n.more = anyFlavor
			f.flavors = append(f.flavors, n)
		case !strings.HasSuffix(name, FlavorSep):
			f.names = append(f.names, n)
		case len(name) < keyLen:
			n.more = 1<<(8*len(name)) - 1
			f.short = append(f.short, n)
			if name == FlavorSep {
				// holdsSep knows longer ones only.
				for i := range f.filter {
					f.filter[i] = 1<<64 - 1
				}
				for i := range f.pairs {
					f.pairs[i] = 1<<64 - 1
				}
			}
			continue
		default:
			n.more = anyFlavor
			f.flavors = append(f.flavors, n)
		}
		h, p := keyHash(n.key), pairHash(n.key, n.more)
		f.filter[h/64] |= 1 << (h % 64)
		f.pairs[p/64] |= 1 << (p % 64)
	}
}

// compare orders names by their bytes, of which the lowest of key is the first.
func (n *findName) compare(o *findName) int {
	if n.key != o.key {
		return cmp.Compare(bits.ReverseBytes64(n.key), bits.ReverseBytes64(o.key))
	}
	return cmp.Compare(bits.ReverseBytes64(n.more), bits.ReverseBytes64(o.more))
}

// maybe reports whether a string that starts with the bytes of word may be
// one of the names.
func (f *finder) maybe(word uint64) bool {
	h := keyHash(nameKey(word))
	return f.filter[h/64]>>(h%64)&1 != 0
}

// likely reports whether a string that starts with the bytes of two words, the
// first of which maybe takes, may be one of the names: many functions of the
// kernel have the first 8 bytes in common.
func (f *finder) likely(word, next uint64) bool {
	key := nameKey(word)
	if key>>(8*(keyLen-1)) == 0 {
		next = 0
	}
	return f.knows(key, nameKey(next)) || f.knows(key, anyFlavor)
}

// holdsSep reports whether a string that starts with the bytes of word may
// start with a name of 4 to 7 bytes that ends in [FlavorSep]: at least one of
// two pairs of bytes is underscores then.
func holdsSep(word uint64) bool {
	const pair = 0x5f5f
	return uint16(word>>16) == pair || uint16(word>>32) == pair
}

// confirm keeps the id if the string at the start of s is one of the names.
func (f *finder) confirm(s []byte, id ID) {
	n := findName{}
	n.key, n.more = nameKeys(s)
	if f.knows(n.key, n.more) {
		for i := search(f.names, &n); i < len(f.names) && f.names[i].compare(&n) == 0; i++ {
			if startsWithName(s, f.names[i].name) {
				f.hits = append(f.hits, hit{f.names[i].index, id})
				break
			}
		}
	}
	if f.knows(n.key, anyFlavor) {
		n.more = anyFlavor
		for i := search(f.flavors, &n); i < len(f.flavors) && f.flavors[i].key == n.key; i++ {
			if flavor := &f.flavors[i]; isStart(flavor.name) {
				f.hits = append(f.hits, hit{flavor.index, id}) // the key is all of it
			} else {
				f.confirmFlavor(s, flavor, id)
			}
		}
	}
	for i := range f.short {
		if short := &f.short[i]; n.key&short.more == short.key {
			f.confirmFlavor(s, short, id)
		}
	}
}

// knows reports whether the two words may be those of one of the names.
func (f *finder) knows(key, more uint64) bool {
	p := pairHash(key, more)
	return f.pairs[p/64]>>(p%64)&1 != 0
}

// search is the index of the first name that is not before n.
func search(names []findName, n *findName) int {
	return sort.Search(len(names), func(i int) bool { return names[i].compare(n) >= 0 })
}

// confirmFlavor keeps the id if the string at the start of s starts with the name.
func (f *finder) confirmFlavor(s []byte, n *findName, id ID) {
	if name := n.name; len(s) > len(name) && string(s[:len(name)]) == name && bytes.IndexByte(s, 0) >= len(name) {
		f.hits = append(f.hits, hit{n.index, id})
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

// nameKeys are nameKey of a string and of what follows its first 8 bytes. What
// is beyond the end of s is read as zeroes.
func nameKeys(s []byte) (key, more uint64) {
	if len(s) < 2*keyLen {
		var b [2 * keyLen]byte
		copy(b[:], s)
		s = b[:]
	}
	key = nameKey(binary.LittleEndian.Uint64(s))
	if key>>(8*(keyLen-1)) != 0 {
		more = nameKey(binary.LittleEndian.Uint64(s[keyLen:]))
	}
	return key, more
}

// mixer is an odd number whose multiples are spread over all words.
const mixer = 0x9e3779b97f4a7c15

func keyHash(key uint64) uint64 { return key * mixer >> (64 - filterBits) }

func pairHash(key, more uint64) uint64 { return (key*mixer ^ more) * mixer >> (64 - pairBits) }
