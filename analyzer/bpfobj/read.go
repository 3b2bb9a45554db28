package bpfobj

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// maxFile bounds what is read of an object file, in bytes. The largest object
// of the kernel's selftests has 1.1 MB.
const maxFile = 256 << 20

// ReadFile is [Read] of a file's contents; the object's name is the path.
// Its errors name the path. What is not a regular file, like a directory or a
// pipe, is refused with [ErrNotRegular] before it is opened; a file of more
// than 256 MiB with [ErrMalformed].
func ReadFile(path string) (*Object, error) {
	data, err := readRegular(path)
	if err != nil {
		return nil, err
	}
	o, err := Read(path, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// readRegular reads no more than maxFile bytes, however large the file says
// it is or becomes.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w but a %s", path, ErrNotRegular, fileKind(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size := info.Size(); size > maxFile {
		return nil, fmt.Errorf("%s: %w: %d bytes, an object has at most %d", path, ErrMalformed, size, maxFile)
	}
	// A file that grows meanwhile is read as it was, one that shrinks is short.
	data := make([]byte, info.Size())
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return data[:n], nil
}

// fileKind names what is not a regular file.
func fileKind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m&fs.ModeNamedPipe != 0:
		return "pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// Read parses a BPF ELF object. The object keeps data, which must not change
// afterwards.
//
// The errors wrap [ErrEmpty], [ErrNotELF], [ErrTruncated], [ErrMalformed],
// [ErrNotBPF] or [ErrNoSymbols]. Malformed BTF, relocations, symbols and map
// definitions are no errors but facts of the object.
//
// See libbpf.c, bpf_object_open.
func Read(name string, data []byte) (o *Object, err error) {
	defer func() {
		if r := recover(); r != nil {
			o, err = nil, fmt.Errorf("internal error: reading %q: %v, please report", name, r)
		}
	}()
	f, err := openELF(data)
	if err != nil {
		return nil, err
	}
	r := &reader{f: f, o: &Object{Name: name, ByteOrder: f.order, raw: data}}
	r.readSections()
	r.o.Symbols = f.symbols()
	r.readTypes()
	r.addFunctions()
	r.addDatasecs()
	r.addExterns()
	r.addMaps()
	if err := r.addStructOps(); err != nil {
		return nil, err
	}
	r.readExt()
	r.typeFunctions()
	r.addRefs()
	return r.o, nil
}

// reader holds what is needed while an object is read.
type reader struct {
	f *elfFile
	o *Object

	types *btfgraph.Raw // of .BTF; nil if it cannot be read
	strs  string        // of .BTF

	decls []btfgraph.ID // the VARs and FUNCs of the object's BTF

	secByName map[string]int // first section of a name
	spans     []span         // by section index: its functions in o.Functions

	mapAt       map[place]*Map // definitions in .maps and legacy maps
	dataMaps    []*Map         // by section index, nil without data sections
	externBySym map[int]*Extern
	refs        []Ref // those of all functions
}

// span is a half-open range of indexes.
type span struct{ lo, hi int }

// place is a position in the object's sections.
type place struct {
	section int
	offset  uint64
}

func (r *reader) readSections() {
	r.o.Sections = make([]Section, len(r.f.sections))
	r.secByName = make(map[string]int, len(r.f.sections))
	for i := range r.f.sections {
		es := &r.f.sections[i]
		r.o.Sections[i] = Section{
			Index: i, Name: es.name, Type: uint32(es.typ), Flags: uint64(es.flags),
			Size: es.size, Data: es.data, EntrySize: es.entsize, Link: es.link, Info: es.info,
			FileOffset: es.offset,
		}
		if _, ok := r.secByName[es.name]; !ok && i > 0 {
			r.secByName[es.name] = i
		}
	}
	for i := range r.f.sections {
		r.readRelocs(i)
	}
	// The last one wins, as in bpf_object__elf_collect.
	for i := range r.o.Sections {
		if s := &r.o.Sections[i]; s.Name == "license" && i > 0 {
			text, _, _ := bytes.Cut(s.Data, []byte{0})
			r.o.License, r.o.HasLicense = string(text), true
		}
	}
}

// readRelocs adds the entries of a SHT_REL section to the section that they
// are for.
func (r *reader) readRelocs(i int) {
	es := &r.f.sections[i]
	if es.typ != elf.SHT_REL || strings.HasPrefix(es.name, ".rel.debug_") ||
		es.name == ".rel.BTF" || es.name == ".rel.BTF.ext" {
		return
	}
	if es.info == 0 || uint64(es.info) >= uint64(len(r.o.Sections)) {
		r.o.Sections[i].RelocErr = fmt.Errorf("relocations for section %d of %d", es.info, len(r.o.Sections))
		return
	}
	s := &r.o.Sections[es.info]
	if s.RelocSection == "" {
		s.RelocSection = es.name
	}
	if es.entsize != relSize {
		s.RelocErr = fmt.Errorf("section %q: relocations of %d bytes, expected %d", es.name, es.entsize, relSize)
		return
	}
	relocs := r.f.relocs(es.data)
	if s.Relocs != nil {
		relocs = append(s.Relocs, relocs...)
	}
	byOffset := func(a, b Reloc) int { return cmp.Compare(a.Offset, b.Offset) }
	if !slices.IsSortedFunc(relocs, byOffset) {
		slices.SortStableFunc(relocs, byOffset)
	}
	s.Relocs = relocs
}

// readTypes opens .BTF (libbpf.c, bpf_object__init_btf).
func (r *reader) readTypes() {
	i, ok := r.secByName[".BTF"]
	if !ok {
		return
	}
	types, err := btfgraph.Open(r.o.Sections[i].Data, nil)
	if err == nil {
		err = types.Validate()
	}
	if err != nil {
		r.o.TypesErr = fmt.Errorf("section %q: %w", ".BTF", err)
		return
	}
	r.types, r.o.Types = types, types
}
