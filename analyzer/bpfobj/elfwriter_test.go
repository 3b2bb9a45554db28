package bpfobj_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"

	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// image is an ELF file in the making. Sections are numbered from 1 in the
// order given; bytes appends .symtab, .strtab and .shstrtab.
type image struct {
	order    btftest.ByteOrder // nil is little endian
	sections []imageSection
	symbols  []imageSymbol // numbered from 1
}

type imageSection struct {
	name    string
	typ     elf.SectionType
	flags   elf.SectionFlag
	data    []byte
	info    uint32
	entsize uint64
}

type imageSymbol struct {
	name        string
	bind        elf.SymBind
	typ         elf.SymType
	section     uint16
	value, size uint64
	other       uint8
}

func (m *image) byteOrder() btftest.ByteOrder {
	if m.order == nil {
		return binary.LittleEndian
	}
	return m.order
}

// words encodes values in the image's byte order.
func (m *image) words(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if err := binary.Write(&b, m.byteOrder(), v); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// code is an executable section of instruction slots.
func (m *image) code(name string, insns ...uint64) imageSection {
	return imageSection{name: name, typ: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, data: m.words(insns)}
}

// data is a section of initial values.
func (m *image) data(name string, b []byte) imageSection {
	return imageSection{name: name, typ: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_WRITE, data: b}
}

// rel is a relocation section for section info: pairs of offset and symbol.
func (m *image) rel(name string, info uint32, pairs ...uint64) imageSection {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		b = append(b, m.words(pairs[i], pairs[i+1]<<32|1)...)
	}
	return imageSection{name: name, typ: elf.SHT_REL, data: b, info: info, entsize: 16}
}

// stringTable collects NUL-terminated strings.
type stringTable struct{ b []byte }

func (s *stringTable) add(name string) uint32 {
	if len(s.b) == 0 {
		s.b = append(s.b, 0)
	}
	at := uint32(len(s.b))
	s.b = append(append(s.b, name...), 0)
	return at
}

func (m *image) bytes() []byte {
	var strs, names stringTable
	syms := make([]byte, 24)
	for _, s := range m.symbols {
		syms = append(syms, m.words(strs.add(s.name), uint8(s.bind)<<4|uint8(s.typ), s.other, s.section, s.value, s.size)...)
	}
	strs.add("")
	symtab := uint32(len(m.sections) + 1)
	all := append([]imageSection{{}}, m.sections...)
	all = append(all,
		imageSection{name: ".symtab", typ: elf.SHT_SYMTAB, data: syms, entsize: 24},
		imageSection{name: ".strtab", typ: elf.SHT_STRTAB, data: strs.b},
		imageSection{name: ".shstrtab", typ: elf.SHT_STRTAB})
	body := make([]byte, 64)
	var headers []byte
	for i, s := range all {
		name := uint32(0)
		if i > 0 {
			name = names.add(s.name)
		}
		if s.name == ".shstrtab" {
			s.data = names.b
		}
		link := uint32(0)
		if s.typ == elf.SHT_SYMTAB {
			link = symtab + 1
		}
		headers = append(headers, m.words(name, uint32(s.typ), uint64(s.flags), uint64(0), uint64(len(body)),
			uint64(len(s.data)), link, s.info, uint64(8), s.entsize)...)
		body = append(body, s.data...)
	}
	for len(body)%8 != 0 {
		body = append(body, 0)
	}
	data := byte(elf.ELFDATA2LSB)
	if m.byteOrder() == binary.BigEndian {
		data = byte(elf.ELFDATA2MSB)
	}
	ident := [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), data, 1}
	copy(body, m.words(ident, uint16(elf.ET_REL), uint16(elf.EM_BPF), uint32(1), uint64(0), uint64(0), uint64(len(body)),
		uint32(0), uint16(64), uint16(0), uint16(0), uint16(64), uint16(len(all)), uint16(len(all)-1)))
	return append(body, headers...)
}
