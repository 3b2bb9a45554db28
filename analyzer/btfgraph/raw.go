package btfgraph

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Raw is a [Graph] over the bytes of raw BTF, as in /sys/kernel/btf/vmlinux
// or in the section .BTF of an object.
//
// It is lazy: [Open] looks at the header alone, and the first question walks
// the type records once. It is safe for concurrent use.
//
// Strings that it returns point into the bytes given to [Open]: neither the
// graph nor a name obtained from it may be used after these are unmapped, and
// they must not be modified. Of big-endian BTF it copies the type records.
type Raw struct {
	header  Header
	types   []byte // in little endian once walked
	strs    []byte
	strBase uint32 // string offset at which strs starts: total length of the base's strings
	base    *Raw
	sizes   *[kindCount]recordSize

	walkOnce sync.Once
	walked   atomic.Bool // what follows is set
	firstOwn ID
	index    []uint32 // offset in types of every 1<<shift-th own record
	shift    uint32
	count    uint32 // own records
	// latest are the numbers of own records and their offsets below them, by
	// number: questions about a type come in rows.
	latest   [64]atomic.Uint64
	declTags []declTag
	unknown  []UnknownKind
	walkErr  error

	tagOnce  sync.Once
	tagNames []string // distinct names of declTags, ascending
	names    nameCache
	enums    enumIndex
}

var _ Graph = (*Raw)(nil)

// Open returns the graph of raw BTF in either byte order. With a base it
// reads split BTF: ids and string offsets continue after those of the base,
// which must be a *Raw of the same byte order; nil means no base.
//
// Open checks the header and the bounds of the sections, and takes constant
// time. What is wrong with the type records is reported by [Raw.Err], what is
// wrong with their contents by [Raw.Validate]. The error wraps [ErrNotBTF] if
// the magic is missing.
//
// See libbpf btf.c, btf_parse_hdr, btf_parse_str_sec and btf_parse_layout_sec.
func Open(data []byte, base Graph) (*Raw, error) {
	h, err := parseHeader(data)
	if err != nil {
		return nil, err
	}
	body := data[h.Len:]
	r := &Raw{header: h, sizes: &recordSizes}
	r.types = section(body, h.TypeOff, h.TypeLen)
	r.strs = section(body, h.StrOff, h.StrLen)
	if base != nil {
		b, ok := base.(*Raw)
		if !ok || b == nil {
			return nil, errors.New("base: not raw BTF")
		}
		if b.header.Order != h.Order {
			return nil, fmt.Errorf("base: byte order %v, want %v", b.header.Order, h.Order)
		}
		if uint64(b.strBase)+uint64(len(b.strs))+uint64(len(r.strs)) > 1<<32-1 {
			return nil, errors.New("strings: more than 4 GiB with the base")
		}
		r.base, r.strBase = b, b.strBase+uint32(len(b.strs))
		r.sizes = b.sizes // a module shares the layout of its kernel
	}
	if n := len(r.strs); n > 0 {
		if r.strs[n-1] != 0 {
			return nil, errors.New("strings: last byte is not NUL")
		}
		if r.base == nil && r.strs[0] != 0 {
			return nil, errors.New("strings: first byte is not NUL: split BTF without its base?")
		}
	}
	if h.LayoutLen != 0 {
		r.sizes = layoutSizes(section(body, h.LayoutOff, h.LayoutLen))
	}
	return r, nil
}

// section cuts a section whose bounds are checked; an empty one may lie anywhere.
func section(body []byte, off, length uint32) []byte {
	if length == 0 {
		return nil
	}
	end := uint64(off) + uint64(length)
	return body[off:end:end]
}

// Header is the header as stored.
func (r *Raw) Header() Header { return r.header }

// Err reports the first thing that is wrong with the type records: a record
// that does not end within the section, a kind whose size is unknown, a name
// beyond the strings. Types up to a record that cannot be skipped are
// readable, those after it do not exist. Err walks the records if need be.
func (r *Raw) Err() error {
	r.walk()
	if r.base != nil {
		if err := r.base.Err(); err != nil {
			return fmt.Errorf("base: %w", err)
		}
	}
	return r.walkErr
}

// UnknownKind is a type of a kind that btflint does not know.
type UnknownKind struct {
	ID   ID
	Kind Kind
}

// UnknownKinds lists the types of the graph, without its base, whose kind is
// above [MaxKind] or 0, ascending by id. They are skipped by means of the
// layout section that Linux 7.2 added; without it they end the graph and
// [Raw.Err] names the first.
func (r *Raw) UnknownKinds() []UnknownKind {
	r.walk()
	return r.unknown
}

// Len implements [Graph].
func (r *Raw) Len() int {
	r.walk()
	return int(r.firstOwn) + int(r.count)
}

// FirstOwn implements [Graph].
func (r *Raw) FirstOwn() ID {
	if r.base == nil {
		return 1
	}
	return ID(r.base.Len())
}

// Base implements [Graph].
func (r *Raw) Base() Graph {
	if r.base == nil {
		return nil
	}
	return r.base
}

// Strings are the graph's own strings, each with its NUL: what a name's offset
// points into.
func (r *Raw) Strings() string { return unsafe.String(unsafe.SliceData(r.strs), len(r.strs)) }

// u32 reads a word of the types section.
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// validString reports whether off lies within the strings.
func (r *Raw) validString(off uint32) bool {
	return off == 0 || uint64(off) < uint64(r.strBase)+uint64(len(r.strs))
}

// tail is the strings section from offset off to its end; empty if off is beyond it.
func (r *Raw) tail(off uint32) []byte {
	for off < r.strBase {
		r = r.base
	}
	off -= r.strBase
	if uint64(off) >= uint64(len(r.strs)) {
		return nil
	}
	return r.strs[off:]
}

// str is the string at an offset, "" if there is none.
func (r *Raw) str(off uint32) string {
	if off == 0 {
		return ""
	}
	b := r.tail(off)
	for i, c := range b {
		if c == 0 {
			return unsafe.String(unsafe.SliceData(b), i)
		}
	}
	return ""
}
