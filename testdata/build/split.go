package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
)

// btfHeader is struct btf_header of include/uapi/linux/btf.h.
type btfHeader struct {
	Magic                            uint16
	Version, Flags                   uint8
	HdrLen                           uint32
	TypeOff, TypeLen, StrOff, StrLen uint32
}

// splitModule turns the BTF of a module's object into split BTF over the
// kernel of its directory: every id and every string offset moves up by what
// the base has. Types that base and module share are not merged, which a
// reader of split BTF has to cope with anyhow.
func splitModule(src string, object []byte) ([]byte, error) {
	name, _, _ := strings.Cut(src, "+")
	kernelObject, err := os.ReadFile(name + ".o")
	if err != nil {
		return nil, err
	}
	base, err := btfSection(kernelObject)
	if err != nil {
		return nil, err
	}
	own, err := btfSection(object)
	if err != nil {
		return nil, err
	}
	var bh, oh btfHeader
	_ = binary.Read(bytes.NewReader(base), binary.LittleEndian, &bh)
	_ = binary.Read(bytes.NewReader(own), binary.LittleEndian, &oh)
	types := base[bh.HdrLen+bh.TypeOff:][:bh.TypeLen]
	count := 0
	if err := eachType(types, func([]uint32) { count++ }); err != nil {
		return nil, err
	}
	r := rebase{ids: uint32(count), strings: bh.StrLen}
	return own, eachType(own[oh.HdrLen+oh.TypeOff:][:oh.TypeLen], r.shift)
}

func btfSection(object []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, err
	}
	s := f.Section(".BTF")
	if s == nil {
		return nil, fmt.Errorf("no .BTF section")
	}
	return s.Data()
}

// Kinds whose records need a word of their own here.
const (
	kindInt = iota + 1
	kindPtr
	kindArray
	kindStruct
	kindUnion
	kindEnum
	kindFwd
	kindTypedef
	kindVolatile
	kindConst
	kindRestrict
	kindFunc
	kindFuncProto
	kindVar
	kindDatasec
	kindFloat
	kindDeclTag
	kindTypeTag
	kindEnum64
)

// extraWords is the length of a record after its three header words.
func extraWords(kind, vlen uint32) (int, bool) {
	switch kind {
	case kindInt, kindVar, kindDeclTag:
		return 1, true
	case kindArray:
		return 3, true
	case kindStruct, kindUnion, kindDatasec, kindEnum64:
		return 3 * int(vlen), true
	case kindEnum, kindFuncProto:
		return 2 * int(vlen), true
	case kindPtr, kindFwd, kindTypedef, kindVolatile, kindConst, kindRestrict, kindFunc, kindFloat, kindTypeTag:
		return 0, true
	}
	return 0, false
}

// eachType calls f with the words of every record and stores them back.
func eachType(types []byte, f func(words []uint32)) error {
	for len(types) > 0 {
		info := binary.LittleEndian.Uint32(types[4:])
		extra, ok := extraWords(info>>24&0x1f, info&0xffff)
		if !ok {
			return fmt.Errorf("BTF kind %d", info>>24&0x1f)
		}
		words := make([]uint32, 3+extra)
		for i := range words {
			words[i] = binary.LittleEndian.Uint32(types[4*i:])
		}
		f(words)
		for i, w := range words {
			binary.LittleEndian.PutUint32(types[4*i:], w)
		}
		types = types[4*len(words):]
	}
	return nil
}

// rebase moves ids and string offsets; 0 stays void and "".
type rebase struct{ ids, strings uint32 }

func (r rebase) id(w *uint32) {
	if *w != 0 {
		*w += r.ids
	}
}

func (r rebase) name(w *uint32) {
	if *w != 0 {
		*w += r.strings
	}
}

func (r rebase) shift(w []uint32) {
	r.name(&w[0])
	extra := w[3:]
	switch w[1] >> 24 & 0x1f {
	case kindPtr, kindTypedef, kindVolatile, kindConst, kindRestrict, kindFunc, kindVar, kindDeclTag, kindTypeTag:
		r.id(&w[2])
	case kindArray:
		r.id(&extra[0])
		r.id(&extra[1])
	case kindStruct, kindUnion:
		for ; len(extra) > 0; extra = extra[3:] {
			r.name(&extra[0])
			r.id(&extra[1])
		}
	case kindFuncProto:
		r.id(&w[2])
		for ; len(extra) > 0; extra = extra[2:] {
			r.name(&extra[0])
			r.id(&extra[1])
		}
	case kindEnum:
		for ; len(extra) > 0; extra = extra[2:] {
			r.name(&extra[0])
		}
	case kindEnum64:
		for ; len(extra) > 0; extra = extra[3:] {
			r.name(&extra[0])
		}
	case kindDatasec:
		for ; len(extra) > 0; extra = extra[3:] {
			r.id(&extra[0])
		}
	}
}
