package flow

import (
	"math/bits"
	"slices"
)

// fact is what a path knows of a fixed value: a set that holds it.
type fact struct {
	v   val
	set int32
}

// frame is a caller's frame: what a called function leaves alone. Frames are
// values in a table; 0 is no frame.
type frame struct {
	context int32 // chain of call sites
	parent  int32
	depth   int
	fn      *fn
	ret     int // slot to go on at, or callbackReturn
	saved   [4]val
	stack   []piece
	roots   int // inputs that this frame and its parents mention
}

// state is what one path knows at a place.
type state struct {
	regs  [10]val
	stack []piece // of the current frame, ascending, disjoint; never changed, frames share it
	frame int32   // the caller's frame
	// sets are, by input, what values are sure to be possible on this path,
	// whatever the other inputs are, but for some that are missing (set.missing).
	// An empty set: nothing is sure.
	sets  []int32
	facts []fact
}

// statePool keeps states that are no longer used.
type statePool struct {
	free []*state
	all  []*state
	used int // of all; those after them are of an earlier analysis
}

// get is an empty state.
func (p *statePool) get() *state {
	if k := len(p.free) - 1; k >= 0 {
		s := p.free[k]
		p.free = p.free[:k]
		return s
	}
	const chunk, room = 8, 16
	if p.used == len(p.all) {
		list, sets := make([]state, chunk), make([]int32, chunk*room)
		for i := range list {
			list[i].sets = sets[i*room : i*room : (i+1)*room]
			p.all = append(p.all, &list[i])
		}
	}
	s := p.all[p.used]
	p.used++
	*s = state{sets: s.sets[:0], facts: s.facts[:0]}
	return s
}

// reset takes all states back.
func (p *statePool) reset() { p.free, p.used = p.free[:0], 0 }

// put takes a state back.
func (p *statePool) put(s *state) {
	*s = state{sets: s.sets[:0], facts: s.facts[:0]}
	p.free = append(p.free, s)
}

// clone is a copy of a state.
func (p *statePool) clone(s *state) *state {
	c := p.get()
	c.regs, c.stack, c.frame = s.regs, s.stack, s.frame
	c.sets = append(c.sets, s.sets...)
	c.facts = append(c.facts, s.facts...)
	return c
}

// setTable holds the sets of an analysis, by number.
type setTable struct {
	list  []set
	index hashTable
	below [9]int32 // all numbers of so many bytes; 0 without
}

// Numbers of sets.
const (
	emptySet = 0
	allSet   = 1
)

func newSetTable() setTable { return setTable{list: make([]set, 0, 16), index: newHashTable(32)} }

func (t *setTable) reset() {
	t.list, t.below = t.list[:0], [9]int32{}
	t.index.reset()
	t.add(set{})
	t.add(fullSet)
}

func (t *setTable) add(s set) int32 {
	s.losing = false
	h := uint64(s.n) | uint64(s.missing)<<8
	for _, p := range s.pieces() {
		h = mix(mix(h, p.lo), p.hi)
	}
	for i := t.index.probe(uint32(h)); t.index.slots[i].at != 0; i = t.index.next(i) {
		if q := t.index.slots[i]; q.hash == uint32(h) && t.list[q.at-1].equal(&s) {
			return q.at - 1
		}
	}
	i := int32(len(t.list))
	t.list = append(t.list, s)
	t.index.insert(uint32(h), i)
	return i
}

// frameTable holds the frames of an analysis, by number.
type frameTable struct {
	list     []frame
	index    keyTable
	key      []uint32
	contexts map[[3]int32]int32
}

func newFrameTable() frameTable { return frameTable{list: make([]frame, 1), index: newKeyTable()} }

func (t *frameTable) reset() {
	clear(t.list) // frames hold on to functions
	t.list = t.list[:1]
	t.index.reset()
	clear(t.contexts)
}

func (t *frameTable) add(f frame) int32 {
	key := append(t.key[:0], uint32(f.context), uint32(f.parent))
	for _, v := range f.saved {
		key = append(key, uint32(v))
	}
	key = appendStack(key, f.stack)
	t.key = key
	i, hash, ok := t.index.find(key)
	if ok {
		return i
	}
	i = int32(len(t.list))
	t.list = append(t.list, f)
	t.index.add(key, hash, i)
	return i
}

// context is the chain of call sites that the frame's callee runs in.
func (t *frameTable) context(parent int32, x *fn, insn int) int32 {
	key := [3]int32{t.list[parent].context, int32(x.index), int32(insn)}
	if i, ok := t.contexts[key]; ok {
		return i
	}
	if t.contexts == nil {
		t.contexts = map[[3]int32]int32{}
	}
	i := int32(len(t.contexts) + 1)
	t.contexts[key] = i
	return i
}

func appendStack(key []uint32, stack []piece) []uint32 {
	key = append(key, uint32(len(stack)))
	for _, p := range stack {
		key = append(key, uint32(uint16(p.off))<<16|uint32(uint16(p.size)), uint32(p.v))
	}
	return key
}

// appendTo encodes everything that tells states of one place apart.
func (s *state) appendTo(key []uint32) []uint32 {
	for _, v := range s.regs {
		key = append(key, uint32(v))
	}
	key = append(key, uint32(s.frame))
	key = appendStack(key, s.stack)
	key = append(key, uint32(len(s.sets)))
	for _, n := range s.sets {
		key = append(key, uint32(n))
	}
	for _, f := range s.facts {
		key = append(key, uint32(f.v), uint32(f.set))
	}
	return key
}

// rootsOf is one more than the highest input that values mention.
func (e *engine) rootsOf(list ...val) int {
	top := 0
	for _, v := range list {
		top = max(top, bits.Len64(e.vals.list[v].roots))
	}
	return top
}

// addFrame numbers a frame.
func (e *engine) addFrame(f frame) int32 {
	f.roots = max(e.frames.list[f.parent].roots, e.rootsOf(f.saved[:]...))
	for _, p := range f.stack {
		f.roots = max(f.roots, e.rootsOf(p.v))
	}
	return e.frames.add(f)
}

// hashTable is the index of a list without duplicates. Go's maps would hash and
// copy the large keys that are in these lists.
type hashTable struct {
	slots []hashSlot // a power of two of them
	count int
}

// hashSlot is a hash and one more than a position in the list; 0 if it is free.
type hashSlot struct {
	hash uint32
	at   int32
}

func newHashTable(size int) hashTable { return hashTable{slots: make([]hashSlot, size)} }

func (t *hashTable) reset() {
	clear(t.slots)
	t.count = 0
}

// probe is the slot to look at first for a hash; the next one follows it.
func (t *hashTable) probe(hash uint32) int { return int(hash) & (len(t.slots) - 1) }

func (t *hashTable) next(i int) int { return (i + 1) & (len(t.slots) - 1) }

// insert adds a position that is not in the table.
func (t *hashTable) insert(hash uint32, at int32) {
	if t.count++; 4*t.count > 3*len(t.slots) {
		old := t.slots
		t.slots = make([]hashSlot, 2*len(old))
		for _, s := range old {
			if s.at != 0 {
				t.place(s)
			}
		}
	}
	t.place(hashSlot{hash, at + 1})
}

func (t *hashTable) place(s hashSlot) {
	i := t.probe(s.hash)
	for t.slots[i].at != 0 {
		i = t.next(i)
	}
	t.slots[i] = s
}

// mix adds a number to a hash.
func mix(h, x uint64) uint64 {
	h = (h ^ x) * 0x9e3779b97f4a7c15
	return h ^ h>>32
}

// keyTable maps sequences of numbers to numbers.
type keyTable struct {
	hashTable
	words   []uint32
	entries []keyEntry
}

// keyEntry is a key's place in words, and what it maps to.
type keyEntry struct {
	first, end uint32
	value      int32
}

func newKeyTable() keyTable { return keyTable{hashTable: newHashTable(32)} }

func (t *keyTable) reset() {
	t.hashTable.reset()
	t.words, t.entries = t.words[:0], t.entries[:0]
}

// find returns what a key maps to, and its hash for add.
func (t *keyTable) find(key []uint32) (value int32, hash uint32, ok bool) {
	h := uint64(len(key))
	for _, x := range key {
		h = mix(h, uint64(x))
	}
	hash = uint32(h)
	for i := t.probe(hash); t.slots[i].at != 0; i = t.next(i) {
		if s := t.slots[i]; s.hash == hash {
			e := t.entries[s.at-1]
			if slices.Equal(t.words[e.first:e.end], key) {
				return e.value, hash, true
			}
		}
	}
	return 0, hash, false
}

// add maps a key that is not in the table to a number.
func (t *keyTable) add(key []uint32, hash uint32, value int32) {
	first := uint32(len(t.words))
	t.words = append(t.words, key...)
	t.insert(hash, int32(len(t.entries)))
	t.entries = append(t.entries, keyEntry{first, uint32(len(t.words)), value})
}
