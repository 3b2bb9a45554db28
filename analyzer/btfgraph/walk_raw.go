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
	wanted := r.names.take()
	f := newFinder(wanted)
	r.index = make([]uint32, 0, len(r.types)/recordLen/indexStep+1)
	r.count = r.visit(f, true, 1<<32-1-uint32(r.firstOwn))
	r.names.add(wanted, f)
	r.walked.Store(true)
}

// visit passes over the records, at most limit of them, gives their names to
// f, which may be nil, and returns how many it passed. The first visit checks
// the records and fills the index.
func (r *Raw) visit(f *finder, first bool, limit uint32) uint32 {
	types, strs, strBase, swap, index := r.types, r.strs, r.strBase, r.swap, r.index
	n := uint32(0)
	for off := uint64(0); off < uint64(len(types)) && n < limit; n++ {
		room := uint64(len(types)) - off
		if room < recordLen {
			r.fail(n, "record: %d bytes left, want %d", room, recordLen)
			break
		}
		rec := types[off : off+recordLen]
		name, info := binary.LittleEndian.Uint32(rec), binary.LittleEndian.Uint32(rec[4:])
		if swap {
			name, info = bits.ReverseBytes32(name), bits.ReverseBytes32(info)
		}
		if first && n%indexStep == 0 {
			index = append(index, uint32(off))
		}
		if bareKinds>>(info>>24&(kindCount-1))&1 != 0 {
			off += recordLen
		} else {
			size, ok := r.recordBytes(info)
			if first && (!ok || size > room || plainKinds>>(info>>24&(kindCount-1))&1 == 0) &&
				!r.checkRecord(n, info, size, ok, rec, room) {
				break
			}
			off += size
		}
		if name == 0 {
			continue
		}
		i := name - strBase // a name of the base wraps around to more than len(strs)
		if uint64(i) >= uint64(len(strs)) {
			r.foreignName(f, first, n, name)
			continue
		}
		if f == nil {
			continue
		}
		s := strs[i:]
		if len(s) < keyLen || f.maybe(s) {
			f.confirm(s, r.firstOwn+ID(n))
		}
	}
	if first {
		r.index = index
	}
	return n
}

// checkRecord is the first visit of a record that is too long or of a kind
// that is not plain: own number n, size bytes long if ok, of room bytes left. It
// reports whether the walk can go on.
func (r *Raw) checkRecord(n, info uint32, size uint64, ok bool, rec []byte, room uint64) bool {
	kind := Kind(info >> 24 & (kindCount - 1))
	if !ok {
		r.fail(n, "kind %d: unknown, and no layout tells its size", kind)
		return false
	}
	if size > room {
		r.fail(n, "%v: vlen %d: record of %d bytes, %d left", kind, info&vlenMask, size, room)
		return false
	}
	if kind == KindDeclTag {
		r.declTags = append(r.declTags, declTag{ID(r.u32(rec[8:])), r.firstOwn + ID(n), r.u32(rec)})
	}
	if kind == KindVoid || kind > MaxKind {
		r.unknown = append(r.unknown, UnknownKind{r.firstOwn + ID(n), kind})
	}
	return true
}

// foreignName is a name outside the graph's own strings.
func (r *Raw) foreignName(f *finder, first bool, n, name uint32) {
	if !r.validString(name) {
		if first {
			r.fail(n, "name offset %d: out of range", name)
		}
		return
	}
	if f != nil {
		f.confirm(r.tail(name), r.firstOwn+ID(n))
	}
}

// fail keeps the first error of the walk.
func (r *Raw) fail(n uint32, format string, args ...any) {
	if r.walkErr == nil {
		r.walkErr = fmt.Errorf("btf: type id %d: %w", r.firstOwn+ID(n), fmt.Errorf(format, args...))
	}
}
