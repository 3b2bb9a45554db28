package btfdiff

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
	"unsafe"
)

// group is the definitions of one kind and name in both kernels: the first of
// each as index of side.defs, -1 for none.
type group struct{ old, new int32 }

// index finds groups by kind and name.
type index struct {
	old, new *side
	groups   []group
	// slots are groups, numbered from 1, by the upper bits of the hash; the next free
	// slot if it is taken. The bits of a slot that no group needs are the lower ones
	// of the hash, so that most others are told apart without a look at them.
	slots   []uint32
	shift   int // number of the lower bits
	salt    hashSalt
	several []int32 // groups that both kernels have, and one of them more than once
}

// join brings the definitions of the same kind and name together.
func join(old, new *side, salt hashSalt) *index {
	x := &index{old: old, new: new, salt: salt}
	x.groups = make([]group, 0, max(len(old.defs), len(new.defs))*5/4+16)
	x.resize(bits.Len(uint(cap(x.groups))))
	// Backwards, and each before the others of its name, so that they ascend.
	var chained []int32
	for i := len(new.defs) - 1; i >= 0; i-- {
		d := &new.defs[i]
		at := x.group(new, d)
		g := &x.groups[at]
		if g.new >= 0 {
			chained = append(chained, at)
		}
		d.next, g.new = g.new, int32(i)
	}
	for i := len(old.defs) - 1; i >= 0; i-- {
		d := &old.defs[i]
		at := x.group(old, d)
		g := &x.groups[at]
		if g.old >= 0 {
			chained = append(chained, at)
		}
		d.next, g.old = g.old, int32(i)
	}
	slices.Sort(chained)
	for _, at := range slices.Compact(chained) {
		if g := &x.groups[at]; g.old >= 0 && g.new >= 0 {
			x.several = append(x.several, at)
		}
	}
	return x
}

// first is a definition of the group, and its kernel.
func (x *index) first(g *group) (*side, *def) {
	if g.new >= 0 {
		return x.new, &x.new.defs[g.new]
	}
	return x.old, &x.old.defs[g.old]
}

// group is the group of a definition, a new one if it has none.
func (x *index) group(s *side, d *def) int32 {
	slots, tag := x.slots, x.tag(d.hash)
	for i := d.hash >> x.shift; ; i++ {
		slot := &slots[int(i)&(len(slots)-1)]
		if *slot == 0 {
			if len(x.groups) >= len(slots)/8*7 {
				x.resize(33 - x.shift)
				return x.group(s, d)
			}
			x.groups = append(x.groups, group{-1, -1})
			*slot = tag | uint32(len(x.groups))
			return int32(len(x.groups)) - 1
		}
		if at := x.at(*slot); *slot^tag < uint32(len(slots)) {
			other, e := x.first(&x.groups[at])
			if e.hash == d.hash && e.kind == d.kind && equalNames(other.tables[e.table], e.off, s.tables[d.table], d.off) {
				return at
			}
		}
	}
}

// resize makes 1<<n slots, and puts the groups there.
func (x *index) resize(n int) {
	x.slots, x.shift = touched(1<<n), 32-n
	for i := range x.groups {
		_, d := x.first(&x.groups[i])
		at := d.hash >> x.shift
		for x.slots[at] != 0 {
			at = (at + 1) & uint32(len(x.slots)-1)
		}
		x.slots[at] = x.tag(d.hash) | uint32(i+1)
	}
}

// tag is what a slot holds of a hash.
func (x *index) tag(hash uint32) uint32 { return hash << (32 - x.shift) }

// at is the group of a slot that is taken.
func (x *index) at(slot uint32) int32 { return int32(slot&uint32(len(x.slots)-1)) - 1 }

// find is the group of that kind and name, nil if there is none.
func (x *index) find(kind Kind, name string) *group {
	hash, _ := x.salt.hash(kind, unsafe.Slice(unsafe.StringData(name), len(name)))
	for i := hash >> x.shift; ; i++ {
		slot := x.slots[int(i)&(len(x.slots)-1)]
		if slot == 0 {
			return nil
		}
		g := &x.groups[x.at(slot)]
		if s, d := x.first(g); d.hash == hash && d.kind == kind && s.nameOf(d) == name {
			return g
		}
	}
}

// touched is a list of zeros in memory that was written to. A page of fresh memory
// that is read first costs two faults: one for a page of zeros that all share, one
// when it is written.
func touched(n int) []uint32 {
	const page = 1 << 10
	list := make([]uint32, n)
	for i := 0; i < n; i += page {
		list[i] = 0
	}
	return list
}

// large is a list of length 0 that is going to be filled, and has room for n. If that takes
// much memory, the kernel is asked for pages that are large too: a sixth of
// the time of a comparison goes into faults for small ones.
func large[T any](n int) []T {
	list := make([]T, 0, n)
	adviseLarge(list)
	return list
}

// hashSalt spreads names over the slots of an index in a way that nobody can
// foresee who makes up names.
type hashSalt struct{ a, b uint64 }

func newSalt() hashSalt { return hashSalt{rand.Uint64() | 1, rand.Uint64()} }

// hash is that of a kind and the name up to a NUL, with the length of the name.
func (h hashSalt) hash(kind Kind, name []byte) (uint32, int) {
	s := h.b ^ uint64(kind)
	n := 0
	for b := name; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		if zero := (w - ones) &^ w & highs; zero != 0 { // lowest bit set: high bit of the first NUL
			return h.last(s, w&(zero^(zero-1))), n + bits.TrailingZeros64(zero)/8
		}
		s = h.mix(s, w)
		n += 8
	}
	w := uint64(0)
	for i, c := range name[n:] {
		if c == 0 {
			return h.last(s, w), n + i
		}
		w |= uint64(c) << (8 * i)
	}
	return h.last(s, w), len(name)
}

// mix takes a word in: each bit of it reaches all others by way of both halves
// of a product.
func (h hashSalt) mix(s, w uint64) uint64 {
	hi, lo := bits.Mul64(s^w, h.a)
	return hi ^ lo
}

func (h hashSalt) last(s, w uint64) uint32 { return uint32(h.mix(h.mix(s, w), h.b) >> 32) }
