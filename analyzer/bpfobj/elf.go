package bpfobj

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// What [Read] refuses. Everything else that is odd about an object is kept as
// a fact.
var (
	// ErrNotRegular: the path is that of a directory, a pipe or a device.
	ErrNotRegular = errors.New("not a regular file")
	// ErrEmpty: there are no bytes.
	ErrEmpty = errors.New("empty file")
	// ErrNotELF: the bytes do not start like an ELF file.
	ErrNotELF = errors.New("not an ELF file")
	// ErrTruncated: a header or a section lies beyond the end of the bytes.
	ErrTruncated = errors.New("truncated ELF file")
	// ErrMalformed: the tables of the ELF file contradict each other.
	ErrMalformed = errors.New("malformed ELF file")
	// ErrNotBPF: an ELF file that is no relocatable 64-bit file for EM_BPF
	// (libbpf.c, bpf_object__elf_init).
	ErrNotBPF = errors.New("not a BPF object")
	// ErrNoSymbols: there is no symbol table, so nothing has a name
	// (libbpf.c, bpf_object__elf_collect).
	ErrNoSymbols = errors.New("no symbol table, stripped object file")
)

// Sizes of the tables' entries in a 64-bit ELF file, in bytes.
const (
	ehdrSize = 64
	shdrSize = 64
	symSize  = 24
	relSize  = 16
)

// maxName bounds names so that overlapping strings of a hostile file cannot
// cost more than a constant each. Rust's longest mangled names have a few
// hundred bytes; the kernel's limit is 512 (KSYM_NAME_LEN).
const maxName = 4096

// elfFile is an ELF file whose section table has been checked against the file.
//
// debug/elf is not used to read it: on hostile input it allocates what a
// header promises, and a name per symbol costs more than the rest of a check.
type elfFile struct {
	data  []byte
	order binary.ByteOrder

	sections []elfSection
	symtab   int // index of the symbol table's section
}

type elfSection struct {
	name    string
	typ     elf.SectionType
	flags   elf.SectionFlag
	size    uint64
	link    uint32
	info    uint32
	entsize uint64
	data    []byte // nil for NOBITS and NULL
	offset  uint64 // of data in the file
}

// openELF checks the identification and the section table (libbpf.c,
// bpf_object__elf_init, and the first loop of bpf_object__elf_collect).
func openELF(data []byte) (*elfFile, error) {
	if len(data) == 0 {
		return nil, ErrEmpty
	}
	if len(data) < len(elf.ELFMAG) || string(data[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return nil, ErrNotELF
	}
	if len(data) < ehdrSize {
		return nil, fmt.Errorf("%w: header of %d bytes", ErrTruncated, len(data))
	}
	f := &elfFile{data: data}
	if err := f.checkHeader(); err != nil {
		return nil, err
	}
	if err := f.readSections(); err != nil {
		return nil, err
	}
	return f, f.findSymtab()
}

func (f *elfFile) checkHeader() error {
	if c := elf.Class(f.data[elf.EI_CLASS]); c != elf.ELFCLASS64 {
		return fmt.Errorf("%w: not a 64-bit ELF file", ErrNotBPF)
	}
	switch elf.Data(f.data[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		f.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		f.order = binary.BigEndian
	default:
		return fmt.Errorf("%w: unknown byte order %d", ErrMalformed, f.data[elf.EI_DATA])
	}
	typ, machine := elf.Type(f.order.Uint16(f.data[16:])), elf.Machine(f.order.Uint16(f.data[18:]))
	if swapped(uint16(typ), uint16(elf.ET_REL)) || swapped(uint16(machine), uint16(elf.EM_BPF)) {
		orders := []string{"little endian", "big endian"}
		if f.order == binary.BigEndian {
			slices.Reverse(orders)
		}
		return fmt.Errorf("%w: byte order of the header is %s but its fields are %s", ErrNotBPF, orders[0], orders[1])
	}
	if typ != elf.ET_REL {
		return fmt.Errorf("%w: ELF type %q is not relocatable", ErrNotBPF, typ)
	}
	// LLVM before 4.0 left the machine as EM_NONE.
	if machine != elf.EM_BPF && machine != elf.EM_NONE {
		return fmt.Errorf("%w: built for %q", ErrNotBPF, machine)
	}
	return nil
}

// swapped reports whether a field is want with its bytes exchanged.
func swapped(field, want uint16) bool { return bits.ReverseBytes16(field) == want }

// readSections reads the section table, whose extent and whose sections'
// extents are inside the file afterwards.
func (f *elfFile) readSections() error {
	off := f.order.Uint64(f.data[40:])
	count := uint64(f.order.Uint16(f.data[60:]))
	names := uint64(f.order.Uint16(f.data[62:]))
	if off == 0 {
		return fmt.Errorf("%w: no section table", ErrMalformed)
	}
	if size := f.order.Uint16(f.data[58:]); size != shdrSize {
		return fmt.Errorf("%w: section header size %d", ErrMalformed, size)
	}
	if !within(off, shdrSize, len(f.data)) {
		return fmt.Errorf("%w: section table at offset %d", ErrTruncated, off)
	}
	// More than 0xff00 sections: the numbers are in the null section.
	if count == 0 {
		count = f.order.Uint64(f.data[off+32:])
	}
	if names == uint64(elf.SHN_XINDEX) {
		names = uint64(f.order.Uint32(f.data[off+40:]))
	}
	if count > uint64(len(f.data))/shdrSize || !within(off, count*shdrSize, len(f.data)) {
		return fmt.Errorf("%w: section table of %d entries at offset %d", ErrTruncated, count, off)
	}
	if names == 0 || names >= count {
		return fmt.Errorf("%w: section %d of %d holds the section names", ErrMalformed, names, count)
	}
	f.sections = make([]elfSection, count)
	table := f.data[off:]
	total := uint64(0)
	for i := range f.sections {
		if err := f.readSection(i, table[i*shdrSize:]); err != nil {
			return err
		}
		total += uint64(len(f.sections[i].data))
	}
	// Sections never overlap, and what is decoded of them must stay in
	// proportion to the file.
	if total > uint64(len(f.data)) {
		return fmt.Errorf("%w: sections of %d bytes overlap", ErrMalformed, total)
	}
	strs := string(f.sections[names].data)
	for i := range f.sections {
		s := &f.sections[i]
		s.name = cString(strs, uint64(f.order.Uint32(table[i*shdrSize:])))
		if s.flags&elf.SHF_COMPRESSED != 0 && !strings.HasPrefix(s.name, ".debug_") {
			return fmt.Errorf("%w: section %q is compressed", ErrMalformed, s.name)
		}
	}
	return nil
}

func (f *elfFile) readSection(i int, hdr []byte) error {
	s := &f.sections[i]
	s.typ = elf.SectionType(f.order.Uint32(hdr[4:]))
	s.flags = elf.SectionFlag(f.order.Uint64(hdr[8:]))
	s.size = f.order.Uint64(hdr[32:])
	s.link = f.order.Uint32(hdr[40:])
	s.info = f.order.Uint32(hdr[44:])
	s.entsize = f.order.Uint64(hdr[56:])
	if i == 0 || s.typ == elf.SHT_NULL || s.typ == elf.SHT_NOBITS {
		return nil
	}
	off := f.order.Uint64(hdr[24:])
	if !within(off, s.size, len(f.data)) {
		return fmt.Errorf("%w: section %d of %d bytes at offset %d", ErrTruncated, i, s.size, off)
	}
	s.data, s.offset = f.data[off:off+s.size:off+s.size], off
	return nil
}

func (f *elfFile) findSymtab() error {
	for i := range f.sections {
		if f.sections[i].typ != elf.SHT_SYMTAB {
			continue
		}
		if f.symtab != 0 {
			return fmt.Errorf("%w: several symbol tables", ErrMalformed)
		}
		f.symtab = i
	}
	if f.symtab == 0 {
		return ErrNoSymbols
	}
	s := &f.sections[f.symtab]
	if s.entsize != symSize {
		return fmt.Errorf("%w: symbol size %d", ErrMalformed, s.entsize)
	}
	if s.link == 0 || uint64(s.link) >= uint64(len(f.sections)) || f.sections[s.link].typ != elf.SHT_STRTAB {
		return fmt.Errorf("%w: symbol strings section missing or invalid", ErrMalformed)
	}
	return nil
}

// symbols reads the symbol table. All names are parts of one string.
func (f *elfFile) symbols() []Symbol {
	tab := &f.sections[f.symtab]
	strs := string(f.sections[tab.link].data)
	syms := make([]Symbol, len(tab.data)/symSize)
	for i := range syms {
		e := tab.data[i*symSize : (i+1)*symSize]
		syms[i] = Symbol{
			Name:       cString(strs, uint64(f.order.Uint32(e))),
			Section:    int(f.order.Uint16(e[6:])),
			Value:      f.order.Uint64(e[8:]),
			Size:       f.order.Uint64(e[16:]),
			Type:       e[4] & 0xf,
			Binding:    Binding(e[4] >> 4),
			Visibility: e[5] & 3,
		}
	}
	return syms
}

// relocs decodes a SHT_REL section's entries.
func (f *elfFile) relocs(data []byte) []Reloc {
	relocs := make([]Reloc, len(data)/relSize)
	for i := range relocs {
		e := data[i*relSize : (i+1)*relSize]
		info := f.order.Uint64(e[8:])
		relocs[i] = Reloc{Offset: f.order.Uint64(e), Symbol: int(info >> 32), Type: uint32(info)}
	}
	return relocs
}

// within reports whether size bytes at off are inside of length bytes.
func within(off, size uint64, length int) bool {
	return off <= uint64(length) && size <= uint64(length)-off
}

// cString is the NUL-terminated string at off, "" if there is none.
func cString(strs string, off uint64) string {
	if off >= uint64(len(strs)) {
		return ""
	}
	s := strs[off:]
	if len(s) > maxName {
		s = s[:maxName]
	}
	end := strings.IndexByte(s, 0)
	if end < 0 {
		return ""
	}
	return s[:end]
}
