package btfgraph

import (
	"encoding/binary"
	"math/bits"
)

// Identifiers reports whether the names of the graph's own types, members and
// enumerators are what some kernel takes for identifiers: letters, digits, "_",
// "." and what is not ASCII, and no digit first. A pointer may have no name at
// all; names of INT, FLOAT, DATASEC, tags and parameters do not count. It passes
// over the records once, which costs less than to ask for every name.
//
// See kernel/bpf/btf.c, btf_name_valid_identifier and its callers.
func (r *Raw) Identifiers() bool {
	r.walk()
	for b := r.types; len(b) >= recordLen; {
		rec := r.first(b)
		b = b[len(rec.b):]
		if isUnknown(rec.kind()) {
			continue
		}
		kind := uint32(1) << rec.kind()
		switch {
		case kind&identifierKinds != 0:
			if !r.isIdentifier(rec.name()) {
				return false
			}
		case kind == 1<<KindPtr && rec.name() != 0 && r.str(rec.name()) != "":
			return false
		}
		size := memberLen
		switch kind {
		default:
			continue
		case 1 << KindEnum:
			size = enumeratorLen
		case 1 << KindStruct, 1 << KindUnion, 1 << KindEnum64:
		}
		for body := rec.body(); len(body) >= size; body = body[size:] {
			if !r.isIdentifier(u32(body)) {
				return false
			}
		}
	}
	return true
}

// identifierKinds are the kinds whose names are identifiers, as a set of bits.
const identifierKinds = uint32(1<<KindStruct | 1<<KindUnion | 1<<KindEnum | 1<<KindEnum64 | 1<<KindFwd | 1<<KindTypedef | 1<<KindFunc | 1<<KindVar)

// enumeratorLen is the size of struct btf_enum.
const enumeratorLen = 8

// isIdentifier judges the name at an offset, of which there may be none.
func (r *Raw) isIdentifier(name uint32) bool {
	if name == 0 {
		return true
	}
	s := r.tail(name)
	if len(s) > 0 && '0' <= s[0] && s[0] <= '9' {
		return false
	}
	for ; len(s) >= 8; s = s[8:] {
		if odd := oddBytes(binary.LittleEndian.Uint64(s)); odd != 0 {
			return s[bits.TrailingZeros64(odd)/8] == 0
		}
	}
	var end [8]byte
	copy(end[:], s)
	return end[bits.TrailingZeros64(oddBytes(binary.LittleEndian.Uint64(end[:]))|1<<63)/8] == 0
}

// oddBytes has the highest bit of every byte of a word set that identifiers do
// not have, NUL included. It works on the 7 bits of ASCII of all bytes at once:
// what is added to them carries into the highest bit from some character on.
func oddBytes(word uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	ascii := word &^ highs
	lower := ascii | ones*0x20
	letters := (lower + ones*(0x80-'a')) &^ (lower + ones*(0x7f-'z'))
	digits := (ascii + ones*(0x80-'0')) &^ (ascii + ones*(0x7f-'9'))
	others := ((ascii ^ ones*'_') + ones*0x7f) & ((ascii ^ ones*'.') + ones*0x7f) // neither of them
	return (letters|digits|^others|word)&highs ^ highs
}
