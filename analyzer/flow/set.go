package flow

import (
	"math"
	"math/bits"
	"slices"
)

// maxPieces bounds the intervals of a set.
const maxPieces = 6

// interval holds the numbers from lo to hi, both included.
type interval struct{ lo, hi uint64 }

// set is a set of 64-bit numbers: up to maxPieces disjoint intervals,
// ascending. Operations that would need more drop the smallest: sets of inputs
// may only lose numbers. exactly tells callers that must not lose any.
type set struct {
	n      int
	p      [maxPieces]interval
	losing bool // some numbers were dropped
	// missing is how many numbers of an input's set may not be possible, which
	// ones is not known.
	missing uint8
}

// maxMissing bounds what may be missing from a set.
const maxMissing = 16

var fullSet = set{n: 1, p: [maxPieces]interval{{0, math.MaxUint64}}}

func single(x uint64) set { return span(x, x) }

// span is the set from lo to hi, around 0 if lo is greater.
func span(lo, hi uint64) set {
	if lo <= hi {
		return set{n: 1, p: [maxPieces]interval{{lo, hi}}}
	}
	return set{n: 2, p: [maxPieces]interval{{0, hi}, {lo, math.MaxUint64}}}
}

// below is the set of numbers of so many bits.
func below(width uint) set {
	if width >= 64 {
		return fullSet
	}
	return span(0, 1<<width-1)
}

func (s *set) pieces() []interval { return s.p[:s.n] }

func (s *set) empty() bool { return s.n == 0 }

// exceeds reports whether more than k numbers of the set are possible, whichever
// are missing.
func (s *set) exceeds(k uint64) bool {
	k += uint64(s.missing)
	for _, p := range s.pieces() {
		if p.hi-p.lo >= k {
			return true
		}
		k -= p.hi - p.lo + 1
	}
	return false
}

// holds reports whether all numbers of another set are in an interval of the set.
func (s *set) holds(o *set) bool {
	for _, q := range o.pieces() {
		if !slices.ContainsFunc(s.pieces(), func(p interval) bool { return p.lo <= q.lo && q.hi <= p.hi }) {
			return false
		}
	}
	return true
}

func (s *set) has(x uint64) bool {
	for _, p := range s.pieces() {
		if p.lo <= x && x <= p.hi {
			return true
		}
	}
	return false
}

// only returns the one number of a set of one.
func (s *set) only() (uint64, bool) {
	return s.p[0].lo, s.n == 1 && s.p[0].lo == s.p[0].hi
}

// setOf sorts and joins intervals.
func setOf(list []interval) set {
	slices.SortFunc(list, func(a, b interval) int {
		switch {
		case a.lo < b.lo:
			return -1
		case a.lo > b.lo:
			return 1
		}
		return 0
	})
	merged := list[:0]
	for _, p := range list {
		if k := len(merged); k > 0 && (merged[k-1].hi == math.MaxUint64 || p.lo <= merged[k-1].hi+1) {
			merged[k-1].hi = max(merged[k-1].hi, p.hi)
			continue
		}
		merged = append(merged, p)
	}
	var s set
	for len(merged) > maxPieces {
		small := 0
		for i, p := range merged {
			if p.hi-p.lo < merged[small].hi-merged[small].lo {
				small = i
			}
		}
		merged = slices.Delete(merged, small, small+1)
		s.losing = true
	}
	s.n = copy(s.p[:], merged)
	return s
}

func (s set) intersect(o set) set {
	missing := max(s.missing, o.missing)
	if s.n == 1 && s.p[0] == fullSet.p[0] {
		o.missing = missing
		return o
	}
	var buf [2 * maxPieces]interval
	list := buf[:0]
	for _, a := range s.pieces() {
		for _, b := range o.pieces() {
			if lo, hi := max(a.lo, b.lo), min(a.hi, b.hi); lo <= hi {
				list = append(list, interval{lo, hi})
			}
		}
	}
	r := setOf(list)
	r.losing, r.missing = r.losing || s.losing || o.losing, missing
	return r
}

func (s set) union(o set) set {
	r := setOf(append(slices.Clone(s.pieces()), o.pieces()...))
	r.losing = r.losing || s.losing || o.losing
	return r
}

// shift adds d to every number, around.
func (s set) shift(d uint64) set {
	var buf [2 * maxPieces]interval
	list := buf[:0]
	for _, p := range s.pieces() {
		if p.hi-p.lo == math.MaxUint64 {
			return s
		}
		t := span(p.lo+d, p.hi+d)
		list = append(list, t.pieces()...)
	}
	r := setOf(list)
	r.losing = r.losing || s.losing
	return r
}

// mirror maps every number x to c-x.
func (s set) mirror(c uint64) set {
	var buf [2 * maxPieces]interval
	list := buf[:0]
	for _, p := range s.pieces() {
		if p.hi-p.lo == math.MaxUint64 {
			return s
		}
		t := span(c-p.hi, c-p.lo)
		list = append(list, t.pieces()...)
	}
	r := setOf(list)
	r.losing = r.losing || s.losing
	return r
}

// equal reports whether two sets say the same.
func (s *set) equal(o *set) bool {
	return s.missing == o.missing && slices.Equal(s.pieces(), o.pieces())
}

// samples returns some numbers of the set: ends and what is near them, powers
// of two, the middle.
func (s *set) samples(buf []uint64) []uint64 {
	for _, p := range s.pieces() {
		if p.hi-p.lo < 32 {
			for d := range p.hi - p.lo + 1 {
				buf = append(buf, p.lo+d)
			}
			continue
		}
		for d := range uint64(4) {
			if d <= p.hi-p.lo {
				buf = append(buf, p.lo+d, p.hi-d)
			}
		}
		buf = append(buf, p.lo+(p.hi-p.lo)/2)
		for b := 0; b < 64; b += 4 {
			if x := uint64(1) << b; p.lo <= x && x <= p.hi {
				buf = append(buf, x)
			}
		}
		if b := bits.Len64(p.hi); b > 0 {
			if x := uint64(1) << (b - 1); p.lo <= x {
				buf = append(buf, x)
			}
		}
	}
	slices.Sort(buf)
	return slices.Compact(buf)
}

// points is the set of the numbers.
func points(list []uint64) set {
	pieces := make([]interval, len(list))
	for i, x := range list {
		pieces[i] = interval{x, x}
	}
	return setOf(pieces)
}
