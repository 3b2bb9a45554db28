package btfgraph

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// indexStep is the distance of the records whose offset is kept. A question
// for one id skips up to indexStep-1 records, which costs less than the cache
// that an index of every record takes.
const indexStep = 8

// walk visits all records once: it builds the index and the list of
// declaration tags, and finds the names announced so far.
func (r *Raw) walk() {
	if !r.walked.Load() {
		r.walkOnce.Do(r.firstWalk)
	}
}

func (r *Raw) firstWalk() {
	r.firstOwn = 1
	if r.base != nil {
		r.firstOwn = ID(r.base.Len())
	}
	if uint64(r.firstOwn)+uint64(len(r.types)/recordLen) > 1<<32-1 {
		r.fail(0, "no more ids")
		r.types = nil
	}
	wanted := r.names.take()
	f := newFinder(wanted)
	r.index = make([]uint32, 0, len(r.types)/recordLen/indexStep+1)
	rest := r.visit(f, true)
	// Whoever passes over the records from now on need not check them.
	r.types = r.types[:len(r.types)-rest]
	r.names.add(wanted, f)
	r.walked.Store(true)
}

// visit passes over the records, shows their names to f, and returns how
// many bytes it could not pass. The first visit checks and counts the records
// and fills the index.
//
// This is the one loop whose speed every check of an object feels.
func (r *Raw) visit(f *finder, first bool) (rest int) {
	b, strs, strBase, swap := r.types, r.strs, r.strBase, r.swap
	n, short := uint32(0), len(f.short) > 0
	for ; len(b) >= recordLen; n++ {
		name, info := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		if swap {
			name, info = bits.ReverseBytes32(name), bits.ReverseBytes32(info)
		}
		if first && n%indexStep == 0 {
			r.index = append(r.index, uint32(len(r.types)-len(b)))
		}
		kind := info >> 24 & (kindCount - 1)
		if bareKinds>>kind&1 != 0 {
			b = b[recordLen:]
		} else {
			size, ok := r.recordBytes(info)
			if first && (!ok || size > uint64(len(b)) || plainKinds>>kind&1 == 0) && !r.checkRecord(n, info, size, ok, b) {
				break
			}
			b = b[size:]
		}
		if name == 0 {
			continue
		}
		i := uint64(name - strBase) // a name of the base wraps around to more than len(strs)
		if i+keyLen > uint64(len(strs)) {
			r.oddName(f, first, n, name)
		} else if word := binary.LittleEndian.Uint64(strs[i:]); f.maybe(word) || short && holdsSep(word) {
			f.confirm(strs[i:], r.firstOwn+ID(n))
		}
	}
	if first {
		r.count = n
		if len(b) > 0 {
			r.fail(n, "record: %d bytes left, want %d", len(b), recordLen)
		}
	}
	return len(b)
}

// checkRecord is the first visit of a record that is too long or of a kind
// that is not plain: own number n, at the start of b, size bytes long if ok.
// It reports whether the walk can go on.
func (r *Raw) checkRecord(n, info uint32, size uint64, ok bool, b []byte) bool {
	kind := Kind(info >> 24 & (kindCount - 1))
	if !ok {
		r.fail(n, "kind %d: unknown, and no layout tells its size", kind)
		return false
	}
	if size > uint64(len(b)) {
		r.fail(n, "%v: vlen %d: record of %d bytes, %d left", kind, info&vlenMask, size, len(b))
		return false
	}
	if kind == KindDeclTag {
		r.declTags = append(r.declTags, declTag{ID(r.u32(b[8:])), r.firstOwn + ID(n), r.u32(b)})
	}
	if kind == KindVoid || kind > MaxKind {
		r.unknown = append(r.unknown, UnknownKind{r.firstOwn + ID(n), kind})
	}
	return true
}

// oddName is a name outside the graph's own strings, or close to their end.
func (r *Raw) oddName(f *finder, first bool, n, name uint32) {
	if r.validString(name) {
		f.confirm(r.tail(name), r.firstOwn+ID(n))
		return
	}
	if first {
		r.fail(n, "name offset %d: out of range", name)
	}
}

// fail keeps the first error of the walk.
func (r *Raw) fail(n uint32, format string, args ...any) {
	if r.walkErr == nil {
		r.walkErr = fmt.Errorf("btf: type id %d: %w", r.firstOwn+ID(n), fmt.Errorf(format, args...))
	}
}
