// Package btftest builds raw BTF for tests, well formed or not.
//
// Unlike the builder of cilium/ebpf it stores what it is told: ids need not
// exist, names may repeat, and [Builder.Raw] adds any words as a record.
package btftest

import (
	"encoding/binary"
	"testing"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ID is a type id.
type ID = btfgraph.ID

// Builder collects types. The zero value is an empty BTF without a base.
//
// Every method that adds a type returns its id: 1 for the first one, or the
// first id after the base.
type Builder struct {
	// Layout adds the layout section of Linux 7.2 with an entry per kind, and
	// a header of 32 bytes. Entries are {info_sz, elem_sz}.
	Layout [][2]uint8

	base    *Builder
	words   []uint32
	next    ID
	strs    []byte
	offsets map[string]uint32
}

// NewSplit returns a builder of split BTF over base, which must not be added
// to any more.
func NewSplit(base *Builder) *Builder {
	return &Builder{base: base, next: base.nextID()}
}

func (b *Builder) nextID() ID {
	if b.next == 0 {
		return 1
	}
	return b.next
}

// stringsLen is the length of the strings including those of the base.
func (b *Builder) stringsLen() uint32 {
	if b.base != nil {
		return b.base.stringsLen() + uint32(len(b.strs))
	}
	return uint32(max(len(b.strs), 1))
}

// String is the offset of a name, which is stored if need be. Names of the
// base are used again.
func (b *Builder) String(s string) uint32 {
	if s == "" {
		return 0
	}
	for o := b; o != nil; o = o.base {
		if off, ok := o.offsets[s]; ok {
			return off
		}
	}
	if b.offsets == nil {
		b.offsets = make(map[string]uint32)
	}
	if b.base == nil && len(b.strs) == 0 {
		b.strs = append(b.strs, 0)
	}
	off := b.stringsLen()
	b.offsets[s] = off
	b.strs = append(append(b.strs, s...), 0)
	return off
}

// Raw adds words as they are and counts them as one type.
func (b *Builder) Raw(words ...uint32) ID {
	id := b.nextID()
	b.words = append(b.words, words...)
	b.next = id + 1
	return id
}

// Info is the second word of a record: kind, vlen and kind flag.
func Info(kind btfgraph.Kind, vlen int, flag bool) uint32 {
	info := uint32(kind)<<24 | uint32(vlen)
	if flag {
		info |= 1 << 31
	}
	return info
}

// Add adds a record: name, info word, size or type, and what follows.
func (b *Builder) Add(name string, info, word uint32, body ...uint32) ID {
	return b.Raw(append([]uint32{b.String(name), info, word}, body...)...)
}

// ByteOrder is what binary.LittleEndian and binary.BigEndian have.
type ByteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// Bytes encodes the BTF.
func (b *Builder) Bytes(order ByteOrder) []byte {
	strs := b.strs
	if b.base == nil && len(strs) == 0 {
		strs = []byte{0}
	}
	hdr, types, layout := uint32(24), uint32(4*len(b.words)), uint32(4*len(b.Layout))
	if layout != 0 {
		hdr = 32
	}
	out := make([]byte, 0, int(hdr+types+layout)+len(strs))
	out = append(order.AppendUint16(out, 0xeb9f), 1, 0)
	for _, w := range []uint32{hdr, 0, types, types + layout, uint32(len(strs))} {
		out = order.AppendUint32(out, w)
	}
	if layout != 0 {
		out = order.AppendUint32(order.AppendUint32(out, types), layout)
	}
	for _, w := range b.words {
		out = order.AppendUint32(out, w)
	}
	for _, l := range b.Layout {
		out = append(out, l[0], l[1], 0, 0)
	}
	return append(out, strs...)
}

// Graph opens the little-endian encoding, over the graph of the base if there
// is one.
func (b *Builder) Graph(t testing.TB) *btfgraph.Raw {
	t.Helper()
	var base btfgraph.Graph
	if b.base != nil {
		base = b.base.Graph(t)
	}
	g, err := btfgraph.Open(b.Bytes(binary.LittleEndian), base)
	if err != nil {
		t.Fatalf("btftest: %v", err)
	}
	return g
}
