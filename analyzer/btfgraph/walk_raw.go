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
	r.walkOnce.Do(func() {
		r.firstOwn = 1
		if r.base != nil {
			r.firstOwn = ID(r.base.Len())
		}
		wanted := r.names.take()
		f := newFinder(wanted)
		r.index = make([]uint32, 0, len(r.types)/recordLen/indexStep+1)
		r.visit(f, true)
		r.names.add(wanted, f)
	})
}

// visit passes over the records and gives their names to f, which may be nil.
// The first visit checks the records and fills the index.
func (r *Raw) visit(f *finder, first bool) {
	types, swap := r.types, r.swap
	id := uint64(r.firstOwn)
	last := uint64(r.count) + id // valid unless first
	for off := uint64(0); off < uint64(len(types)); id++ {
		if !first && id == last {
			return
		}
		if uint64(len(types))-off < recordLen {
			r.fail(id, "record: %d bytes left, want %d", uint64(len(types))-off, recordLen)
			return
		}
		rec := types[off : off+recordLen : off+recordLen]
		name, info := binary.LittleEndian.Uint32(rec), binary.LittleEndian.Uint32(rec[4:])
		if swap {
			name, info = bits.ReverseBytes32(name), bits.ReverseBytes32(info)
		}
		if first && (id-uint64(r.firstOwn))%indexStep == 0 {
			r.index = append(r.index, uint32(off))
		}
		kind := info >> 24 & (kindCount - 1)
		if bareKinds>>kind&1 != 0 {
			off += recordLen
		} else {
			n, ok := r.recordBytes(info)
			if first && !r.checkRecord(id, info, n, ok, rec, uint64(len(types))-off) {
				return
			}
			off += n
		}
		if first {
			r.count++
		}
		if name == 0 {
			continue
		}
		if name < r.strBase || uint64(name-r.strBase) >= uint64(len(r.strs)) {
			r.foreignName(f, first, id, name)
			continue
		}
		if f != nil {
			f.visit(r.strs[name-r.strBase:], ID(id))
		}
	}
}

// checkRecord is the first visit of a record that is more than a struct
// btf_type: n bytes long if ok, of room bytes left. It reports whether the
// walk can go on.
func (r *Raw) checkRecord(id uint64, info uint32, n uint64, ok bool, rec []byte, room uint64) bool {
	kind := Kind(info >> 24 & (kindCount - 1))
	if !ok {
		r.fail(id, "kind %d: unknown, and no layout tells its size", kind)
		return false
	}
	if n > room {
		r.fail(id, "%v: vlen %d: record of %d bytes, %d left", kind, info&vlenMask, n, room)
		return false
	}
	switch {
	case kind == KindDeclTag:
		r.declTags = append(r.declTags, declTag{ID(r.u32(rec[8:])), ID(id), r.u32(rec)})
	case kind == KindVoid || kind > MaxKind:
		r.unknown = append(r.unknown, UnknownKind{ID(id), kind})
	}
	return true
}

// foreignName is a name outside the graph's own strings.
func (r *Raw) foreignName(f *finder, first bool, id uint64, name uint32) {
	if !r.validString(name) {
		if first {
			r.fail(id, "name offset %d: out of range", name)
		}
		return
	}
	if f != nil {
		f.visit(r.tail(name), ID(id))
	}
}

// fail keeps the first error of the walk.
func (r *Raw) fail(id uint64, format string, args ...any) {
	if r.walkErr == nil {
		r.walkErr = fmt.Errorf("btf: type id %d: %w", id, fmt.Errorf(format, args...))
	}
}
