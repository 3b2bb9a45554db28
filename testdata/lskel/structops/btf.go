package structops

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Kinds of BTF types and the sizes of what follows their three words.
const (
	kindInt, kindArray, kindStruct, kindUnion, kindEnum = 1, 3, 4, 5, 6
	kindFuncProto, kindVar, kindDatasec, kindDeclTag    = 13, 14, 15, 17
	kindEnum64                                          = 19
)

// extra is the size of what follows the words of a type, in bytes.
func extra(kind, vlen uint32) int {
	switch kind {
	case kindInt, kindVar, kindDeclTag:
		return 4
	case kindArray:
		return 12
	case kindStruct, kindUnion, kindDatasec, kindEnum64:
		return 12 * int(vlen)
	case kindEnum, kindFuncProto:
		return 8 * int(vlen)
	}
	return 0
}

var errBTF = errors.New("malformed BTF")

// fixedBTF is the BTF of the object with the sizes of data sections and the
// offsets of their variables, which compilers leave to loaders.
func fixedBTF(obj *bpfobj.Object) ([]byte, error) {
	section := obj.Section(".BTF")
	if section == nil || len(section.Data) < 24 {
		return nil, errBTF
	}
	btf := slices.Clone(section.Data)
	le := binary.LittleEndian
	types := btf[le.Uint32(btf[4:])+le.Uint32(btf[8:]):]
	types = types[:le.Uint32(btf[12:])]
	for id := uint32(1); len(types) >= 12; id++ {
		info := le.Uint32(types[4:])
		kind, vlen := info>>24&0x1f, info&0xffff
		size := 12 + extra(kind, vlen)
		if size > len(types) {
			return nil, errBTF
		}
		if kind == kindDatasec {
			fixDatasec(obj, types[:size], id)
		}
		types = types[size:]
	}
	return btf, nil
}

// fixDatasec writes size and offsets of a DATASEC.
func fixDatasec(obj *bpfobj.Object, datasec []byte, id uint32) {
	le := binary.LittleEndian
	for _, ds := range obj.Datasecs() {
		if uint32(ds.ID) != id || ds.Section == 0 {
			continue
		}
		le.PutUint32(datasec[8:], uint32(obj.Sections[ds.Section].Size))
		for i, v := range ds.Vars {
			entry := datasec[12+12*i:]
			le.PutUint32(entry, uint32(v.Var))
			le.PutUint32(entry[4:], uint32(v.Offset))
			le.PutUint32(entry[8:], uint32(v.SizeBytes))
		}
	}
}

// lineRecords are the line records of a program, counted in instructions of
// the program.
func lineRecords(obj *bpfobj.Object, f *bpfobj.Function) (records []byte, count int, err error) {
	section := obj.Section(".BTF.ext")
	if section == nil || len(section.Data) < 24 {
		return nil, 0, errors.New("no .BTF.ext")
	}
	le := binary.LittleEndian
	ext, btf := section.Data, obj.Section(".BTF").Data
	body := ext[le.Uint32(ext[4:])+le.Uint32(ext[16:]):][:le.Uint32(ext[20:])]
	strs := btf[le.Uint32(btf[4:])+le.Uint32(btf[16:]):]
	size := int(le.Uint32(body))
	for body = body[4:]; len(body) >= 8; {
		name, n := strs[le.Uint32(body):], int(le.Uint32(body[4:]))
		list := body[8:][:n*size]
		body = body[8+n*size:]
		if string(name[:slices.Index(name, 0)]) != f.SectionName {
			continue
		}
		for rec := range slices.Chunk(list, size) {
			off := uint64(le.Uint32(rec))
			if off < f.Offset || off >= f.Offset+f.SizeBytes {
				continue
			}
			records = le.AppendUint32(records, uint32(off-f.Offset)/8)
			records = append(records, rec[4:16]...)
			count++
		}
	}
	return records, count, nil
}
