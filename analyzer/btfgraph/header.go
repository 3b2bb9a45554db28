package btfgraph

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	magic        = 0xeb9f
	headerLen    = 24 // struct btf_header up to str_len
	headerLenExt = 32 // with layout_off and layout_len, Linux 7.2
	layoutLen    = 4  // struct btf_layout
)

// ErrNotBTF is wrapped by the error of [Open] for bytes that do not start with
// the BTF magic in either byte order.
var ErrNotBTF = errors.New("not BTF")

// Header is struct btf_header of include/uapi/linux/btf.h. Offsets are in
// bytes from the end of the header, lengths in bytes.
type Header struct {
	Order            binary.ByteOrder
	Len              uint32 // of the header itself: 24, or 32 with a layout section
	TypeOff, TypeLen uint32
	StrOff, StrLen   uint32
	// LayoutOff and LayoutLen are 0 in a header of 24 bytes.
	LayoutOff, LayoutLen uint32
}

// parseHeader reads the header and checks that its sections lie within data
// and do not overlap. Order and gaps are free, as in the kernel of old: what
// one kernel demands beyond that is not a property of the format.
func parseHeader(data []byte) (Header, error) {
	var h Header
	if len(data) < 2 {
		return h, fmt.Errorf("header: %d bytes: %w", len(data), ErrNotBTF)
	}
	switch {
	case binary.LittleEndian.Uint16(data) == magic:
		h.Order = binary.LittleEndian
	case binary.BigEndian.Uint16(data) == magic:
		h.Order = binary.BigEndian
	default:
		return h, fmt.Errorf("header: magic %#04x: %w", binary.LittleEndian.Uint16(data), ErrNotBTF)
	}
	if len(data) < headerLen {
		return h, fmt.Errorf("header: %d bytes, want %d: truncated", len(data), headerLen)
	}
	if data[2] != 1 {
		return h, fmt.Errorf("header: version %d: unsupported", data[2])
	}
	if data[3] != 0 {
		return h, fmt.Errorf("header: flags %#x: unsupported", data[3])
	}
	h.Len = h.Order.Uint32(data[4:])
	h.TypeOff, h.TypeLen = h.Order.Uint32(data[8:]), h.Order.Uint32(data[12:])
	h.StrOff, h.StrLen = h.Order.Uint32(data[16:]), h.Order.Uint32(data[20:])
	if h.Len < headerLen || uint64(h.Len) > uint64(len(data)) {
		return h, fmt.Errorf("header: length %d of %d bytes: out of range", h.Len, len(data))
	}
	known := headerLen
	if h.Len >= headerLenExt {
		known = headerLenExt
		h.LayoutOff, h.LayoutLen = h.Order.Uint32(data[24:]), h.Order.Uint32(data[28:])
	}
	for i := known; i < int(h.Len); i++ {
		if data[i] != 0 {
			return h, fmt.Errorf("header: byte %d: unknown field is not zero", i)
		}
	}
	return h, h.check(uint64(len(data)) - uint64(h.Len))
}

// check compares the three sections with the room behind the header.
func (h *Header) check(room uint64) error {
	secs := [...]struct {
		name     string
		off, len uint32
	}{
		{"types", h.TypeOff, h.TypeLen},
		{"layout", h.LayoutOff, h.LayoutLen},
		{"strings", h.StrOff, h.StrLen},
	}
	for i, s := range secs {
		if s.len == 0 {
			continue
		}
		if end := uint64(s.off) + uint64(s.len); end > room {
			return fmt.Errorf("header: %s: end at %d of %d bytes: truncated", s.name, end, room)
		}
		for _, o := range secs[:i] {
			if o.len != 0 && uint64(s.off) < uint64(o.off)+uint64(o.len) && uint64(o.off) < uint64(s.off)+uint64(s.len) {
				return fmt.Errorf("header: %s: overlap with %s", s.name, o.name)
			}
		}
	}
	if h.TypeOff%4 != 0 {
		return fmt.Errorf("header: types: offset %d: not a multiple of 4", h.TypeOff)
	}
	if h.LayoutLen != 0 && (h.LayoutOff%4 != 0 || h.LayoutLen%layoutLen != 0) {
		return fmt.Errorf("header: layout: offset %d, length %d: not multiples of 4", h.LayoutOff, h.LayoutLen)
	}
	return nil
}
