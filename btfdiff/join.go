package btfdiff

import (
	"math/bits"
	"math/rand/v2"
)

// group is the definitions of one kind and name in both kernels: the first of
// each as index of side.defs, -1 for none.
type group struct{ old, new int32 }

// index finds groups by kind and name.
type index struct {
	old, new *side
	groups   []group
	slots    []int32 // group+1 by the upper bits of the key, the next free slot if it is taken
	shift    int
	salt     keySalt
}

// join brings the definitions of the same kind and name together.
func join(old, new *side) *index {
	n := bits.Len(uint(len(old.defs)+len(new.defs))) + 1
	x := &index{old: old, new: new, slots: make([]int32, 1<<n), shift: 64 - n}
	x.salt = keySalt{rand.Uint64() | 1, rand.Uint64() | 1}
	x.groups = make([]group, 0, max(len(old.defs), len(new.defs))*5/4+16)
	// Backwards, and each before the others of its name, so that they ascend.
	for i := len(new.defs) - 1; i >= 0; i-- {
		d := &new.defs[i]
		g := x.group(d)
		d.next, g.new = g.new, int32(i)
	}
	for i := len(old.defs) - 1; i >= 0; i-- {
		d := &old.defs[i]
		g := x.group(d)
		d.next, g.old = g.old, int32(i)
	}
	for i := range x.groups {
		if g := &x.groups[i]; g.old >= 0 && g.new >= 0 {
			old.mark(g.old)
			new.mark(g.new)
		}
	}
	return x
}

// mark notes that the other kernel has definitions of the same name.
func (s *side) mark(i int32) {
	for ; i >= 0; i = s.defs[i].next {
		s.defs[i].both = true
	}
}

// first is a definition of the group, and its kernel.
func (x *index) first(g *group) (*side, *def) {
	if g.new >= 0 {
		return x.new, &x.new.defs[g.new]
	}
	return x.old, &x.old.defs[g.old]
}

// is tells whether a group is that of a kind and name. Names are told apart by
// their sums.
func (x *index) is(g *group, kind Kind, name sum) bool {
	_, d := x.first(g)
	return d.name == name && d.kind == kind
}

// group is the group of a definition, a new one if it has none. It is valid
// until the next call.
func (x *index) group(d *def) *group {
	for i := x.salt.key(d.kind, d.name) >> x.shift; ; i = (i + 1) & uint64(len(x.slots)-1) {
		slot := x.slots[i]
		if slot == 0 {
			x.groups = append(x.groups, group{-1, -1})
			x.slots[i] = int32(len(x.groups))
			return &x.groups[len(x.groups)-1]
		}
		if g := &x.groups[slot-1]; x.is(g, d.kind, d.name) {
			return g
		}
	}
}

// find is the group of that kind and name, nil if there is none.
func (x *index) find(kind Kind, name string) *group {
	n, _ := sumBytes([]byte(name))
	for i := x.salt.key(kind, n) >> x.shift; x.slots[i] != 0; i = (i + 1) & uint64(len(x.slots)-1) {
		if g := &x.groups[x.slots[i]-1]; x.is(g, kind, n) {
			return g
		}
	}
	return nil
}

// keySalt spreads names over the slots of an index in a way that nobody can
// foresee who makes up names.
type keySalt struct{ a, b uint64 }

// key is where to look for definitions of a kind and name.
func (k keySalt) key(kind Kind, name sum) uint64 {
	hi, lo := bits.Mul64(name.a^uint64(kind), k.a)
	return hi ^ lo ^ name.b*k.b
}
