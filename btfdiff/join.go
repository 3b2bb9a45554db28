package btfdiff

import "math/bits"

// group is the definitions of one kind and name in both kernels: the first of
// each as index of side.defs, -1 for none.
type group struct{ old, new int32 }

// index finds groups by kind and name.
type index struct {
	old, new *side
	groups   []group
	slots    []int32 // group+1 by the upper bits of the key, the next free slot if it is taken
	shift    int
}

// join brings the definitions of the same kind and name together.
func join(old, new *side) *index {
	n := bits.Len(uint(len(old.defs)+len(new.defs))) + 1
	x := &index{old: old, new: new, slots: make([]int32, 1<<n), shift: 64 - n}
	x.groups = make([]group, 0, max(len(old.defs), len(new.defs))*5/4+16)
	// Backwards, and each before the others of its name, so that they ascend.
	for i := len(old.defs) - 1; i >= 0; i-- {
		d := &old.defs[i]
		g := x.group(d)
		d.next, g.old = g.old, int32(i)
	}
	for i := len(new.defs) - 1; i >= 0; i-- {
		d := &new.defs[i]
		g := x.group(d)
		d.next, g.new = g.new, int32(i)
	}
	return x
}

// first is a definition of the group.
func (x *index) first(g *group) *def {
	if g.new >= 0 {
		return &x.new.defs[g.new]
	}
	return &x.old.defs[g.old]
}

// group is the group of a definition, a new one if it has none. It is valid
// until the next call.
func (x *index) group(d *def) *group {
	name := ""
	for i := d.key >> x.shift; ; i = (i + 1) & uint64(len(x.slots)-1) {
		slot := x.slots[i]
		if slot == 0 {
			x.groups = append(x.groups, group{-1, -1})
			x.slots[i] = int32(len(x.groups))
			return &x.groups[len(x.groups)-1]
		}
		g := &x.groups[slot-1]
		f := x.first(g)
		if f.key != d.key || f.kind != d.kind {
			continue
		}
		if name == "" {
			name = d.typ().name()
		}
		if f.typ().name() == name {
			return g
		}
	}
}

// find is the group of that kind and name, nil if there is none.
func (x *index) find(kind Kind, name string) *group {
	key := x.old.salt.key(kind, sumBytes([]byte(name)))
	for i := key >> x.shift; x.slots[i] != 0; i = (i + 1) & uint64(len(x.slots)-1) {
		g := &x.groups[x.slots[i]-1]
		if f := x.first(g); f.key == key && f.kind == kind && f.typ().name() == name {
			return g
		}
	}
	return nil
}

// olds and news are the definitions of a group.
func (x *index) olds(g *group) []*def { return x.old.chain(g.old) }
func (x *index) news(g *group) []*def { return x.new.chain(g.new) }

func (s *side) chain(i int32) []*def {
	var list []*def
	for ; i >= 0; i = s.defs[i].next {
		list = append(list, &s.defs[i])
	}
	return list
}
