package btfgraph

import (
	"encoding/binary"
	"fmt"
)

// The index keeps the offset of every record of a small section, as objects
// have, and of every eighth of a large one: there, a question for one id that
// skips up to seven records costs less than the cache that all offsets take.
const (
	smallSection = 128 << 10 // bytes
	sparseShift  = 3
)

// walk visits all records once: it builds the index and the list of
// declaration tags, and finds the names announced so far.
func (r *Raw) walk() {
	if !r.walked.Load() {
		r.walkNow()
	}
}

func (r *Raw) walkNow() { r.walkOnce.Do(func() { r.firstWalk(sparseShift) }) }

// firstWalk is the walk; the index of a large section gets every 1<<shift-th record.
func (r *Raw) firstWalk(shift uint32) {
	r.firstOwn = 1
	if r.base != nil {
		r.firstOwn = ID(r.base.Len())
	}
	if uint64(r.firstOwn)+uint64(len(r.types)/recordLen) > 1<<32-1 {
		r.fail(0, "no more ids")
		r.types = nil
	}
	if r.header.Order == binary.BigEndian {
		r.types = littleEndian(r.types)
	}
	if len(r.types) > smallSection {
		r.shift = shift
	}
	r.index = make([]uint32, len(r.types)/recordLen>>r.shift+1)
	wanted := r.names.take()
	hits, rest := r.visit(wanted, true)
	// Whoever passes over the records from now on need not check them.
	r.types = r.types[:len(r.types)-rest]
	if r.shift == 0 {
		r.index[r.count] = uint32(len(r.types)) // see Records
	}
	r.names.add(wanted, hits)
	r.walked.Store(true)
}

// littleEndian is a copy of big-endian records, which consist of 32-bit words.
func littleEndian(types []byte) []byte {
	out := make([]byte, len(types))
	for i := 0; i+4 <= len(types); i += 4 {
		binary.LittleEndian.PutUint32(out[i:], binary.BigEndian.Uint32(types[i:]))
	}
	return out
}

// visit passes over the records, finds the names, and returns how many bytes
// it could not pass. The first visit checks and counts the records and fills
// the index.
func (r *Raw) visit(names []string, first bool) (hits []hit, rest int) {
	var w walker // on the stack: it is large and not used for long
	w.prepare(r, names, first)
	off, n := uint32(0), uint32(0)
	for {
		off, n = w.scan(off, n)
		b := r.types[off:]
		if len(b) < recordLen {
			break
		}
		info := u32(b[4:])
		size, ok := r.recordBytes(info)
		if first && !r.checkRecord(n, info, size, ok, b) {
			break
		}
		if name := u32(b); name != 0 {
			if r.validString(name) {
				w.confirm(r.tail(name), r.firstOwn+ID(n))
			} else if first {
				r.fail(n, "name offset %d: out of range", name)
			}
		}
		off, n = off+uint32(size), n+1
	}
	rest = len(r.types) - int(off)
	if first {
		r.count = n
		if rest > 0 {
			r.fail(n, "record: %d bytes left, want %d", rest, recordLen)
		}
	}
	return w.hits, rest
}

// walker passes over the records that need no closer look.
type walker struct {
	finder
	types, strs []byte
	strBase     uint32
	// sizes, by the last byte of the info word, are the bytes that follow
	// struct btf_type: in bits 0 to 7 per unit of vlen, above once.
	sizes [2 * kindCount]uint64
	index []uint32 // to be filled
	shift uint32
}

// closerLook is a size that no section has room for.
const closerLook = 1 << 63

// prepare sets what is looked for in a graph.
func (w *walker) prepare(r *Raw, names []string, first bool) {
	w.types, w.strs, w.strBase = r.types, r.strs, r.strBase
	w.want(names)
	if first {
		w.index, w.shift = r.index, r.shift
	}
	for k, s := range r.sizes {
		size := uint64(s.extra)<<8 | uint64(s.elem)
		if !s.ok || first && isListed(Kind(k)) {
			size = closerLook
		}
		w.sizes[k], w.sizes[k+kindCount] = size, size
	}
}

// scan goes from a record, at an offset and with an own number, to the next
// one that needs a closer look because of its size, its kind or its name. At
// the end of the section fewer than recordLen bytes are left.
//
// This is the one loop whose speed every check of an object feels. It calls
// nothing for nearly all records, so that what it needs stays in registers, and
// every bound is checked once: an end that is compared with a length serves as
// the end of a slice.
func (w *walker) scan(off, n uint32) (uint32, uint32) {
	types, strs, strBase, sparse, short := w.types, w.strs, w.strBase, uint32(1)<<(w.shift&31)-1, len(w.short) > 0
	for {
		if i := uint64(n >> (w.shift & 31)); n&sparse == 0 && i < uint64(len(w.index)) {
			w.index[i] = off
		}
		for last := n | sparse; ; n++ {
			end := uint64(off) + recordLen
			if end > uint64(len(types)) {
				return off, n
			}
			rec := types[uint64(off):end:end]
			name := binary.LittleEndian.Uint32(rec)
			if size := w.sizes[rec[7]]; size != 0 {
				end += size>>8 + size&0xff*uint64(binary.LittleEndian.Uint32(rec[4:])&vlenMask)
				if end > uint64(len(types)) {
					return off, n
				}
			}
			if name != 0 {
				i := uint64(name - strBase) // a name of the base wraps around to more than len(strs)
				if i+keyLen > uint64(len(strs)) {
					return off, n
				}
				word := binary.LittleEndian.Uint64(strs[i : i+keyLen : i+keyLen])
				next := i + keyLen
				if short && holdsSep(word) || w.maybe(word) &&
					(next+keyLen > uint64(len(strs)) || w.likely(word, binary.LittleEndian.Uint64(strs[next:next+keyLen:next+keyLen]))) {
					return off, n
				}
			}
			off = uint32(end)
			if n == last {
				n++
				break
			}
		}
	}
}

func isUnknown(k Kind) bool { return k == KindVoid || k > MaxKind }

// isListed reports the kinds that the first visit keeps a list of.
func isListed(k Kind) bool { return k == KindDeclTag || isUnknown(k) }

// checkRecord is the first visit of a record that needs a closer look: own
// number n, at the start of b, size bytes long if ok. It reports whether the
// walk can go on.
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
		r.declTags = append(r.declTags, declTag{ID(u32(b[8:])), r.firstOwn + ID(n), u32(b)})
	}
	if isUnknown(kind) {
		r.unknown = append(r.unknown, UnknownKind{r.firstOwn + ID(n), kind})
	}
	return true
}

// fail keeps the first error of the walk.
func (r *Raw) fail(n uint32, format string, args ...any) {
	if r.walkErr == nil {
		r.walkErr = fmt.Errorf("type %d: %w", r.firstOwn+ID(n), fmt.Errorf(format, args...))
	}
}
