// Package lskel reads light skeletons ("bpftool gen skeleton -L"): the loader
// program that stands in the place of libbpf, and the data it works on. It runs
// the loader on values of which it knows no more than where they come from, and
// so tells what the loader hands to the kernel, what of that was found on the
// machine that generated it and is the same everywhere, and what the loader
// finds out on the target.
//
// A loader is what libbpf's gen_loader.c writes. Nothing of its layout is taken
// for granted but the places of fields in union bpf_attr: sizes, offsets and
// the order of commands are those of the program.
package lskel

import (
	"fmt"
	"os"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Skeleton is a light skeleton, taken apart. It is immutable.
type Skeleton struct {
	// Name is the name the caller gave, usually the path.
	Name string
	// Header is the header it was read from, nil for raw dumps.
	Header *Header
	Trace  *Trace

	// BTF are the types that the loader hands to the kernel, BTFOffset where
	// they lie in the blob; nil, -1 if it hands over none.
	BTF       []byte
	BTFOffset int64
	BTFLoad   *Attr
	Maps      []*Map     // in the order in which they are created, inner maps included
	Programs  []*Program // in the order in which they are loaded
	// Lookups are the names that the loader looks up on the target, in order.
	Lookups []*Lookup
	// MapCount and ProgramCount are the maps that programs can refer to, and
	// the programs: the generator has room for 64 and 32.
	MapCount, ProgramCount int
}

// Map is a BPF_MAP_CREATE.
type Map struct {
	Attr Attr
	Name string
	// Slot is the map's index in the array of file descriptors, -1 for an
	// inner map, which is there only while the map around it is created.
	Slot  int
	Inner *Map // of a map of maps

	Type, KeySize, ValueSize, MaxEntries, Flags, NumaNode uint32
	Extra                                                 uint64
	KeyTypeID, ValueTypeID                                uint32 // types in the loader's BTF
	// KeyType and ValueType are the fields of KeyTypeID and ValueTypeID.
	KeyType, ValueType Field
	// VmlinuxTypeID is btf_vmlinux_value_type_id, BTFFD btf_fd.
	VmlinuxTypeID, BTFFD Field
	// ValueSizeField is value_size with its place.
	ValueSizeField Field
	// Entries are the entries that are made while the skeleton loads.
	Entries []Entry
	Frozen  bool

	call int
}

// Entry is a BPF_MAP_UPDATE_ELEM.
type Entry struct {
	Key []byte
	// Value are the bytes in the blob, Offset where; nil for a map.
	Value  []byte
	Offset int64
	// Map is the inner map that is put in.
	Map *Map
	// Replaced tells that the application may give another value through
	// bpf_map_desc.initial_value.
	Replaced bool
}

// Program is a BPF_PROG_LOAD.
type Program struct {
	Attr Attr
	// Name is prog_name, of which the kernel has 15 characters.
	Name, License                      string
	Type, ExpectedAttachType, Flags    uint32
	Insns                              []bpfobj.Insn
	InsnsOffset                        int64 // in the blob
	FuncInfo, LineInfo, CORE           Records
	AttachBTFID, AttachType, ProgBTFFD Field
	// AttachBTFObj is attach_btf_obj_fd: the BTF that AttachBTFID is of, 0 for
	// that of vmlinux.
	AttachBTFObj Field
	// Attach is the name that is looked up for AttachBTFID, nil if it is none.
	Attach *Lookup
}

// Lookup is a name that the loader looks up on the target.
type Lookup struct {
	Name string
	// Kind is the BTF kind that is asked for; 0 for a symbol (kallsyms).
	Kind uint32
	// Symbol tells that kallsyms is asked.
	Symbol bool
	// Optional tells that the load goes on if there is none.
	Optional bool
	// Offset is where the name lies in the blob.
	Offset int64
	// Uses are the instructions that get what was found.
	Uses []Use

	call int
}

// Use is an instruction that gets the result of a lookup.
type Use struct {
	Program int // index into [Skeleton.Programs]
	Insn    int // slot index
}

// ReadFile is [Read] of a file's contents; the skeleton's name is the path. Its
// errors name the path.
func ReadFile(path string) (*Skeleton, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %w", path, bpfobj.ErrNotRegular)
	case info.Size() > maxHeader:
		return nil, fmt.Errorf("%s: %w: %d bytes, at most %d are read", path, ErrMalformed, info.Size(), maxHeader)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := Read(path, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Read takes a header apart. The skeleton keeps header, which must not change
// afterwards. Its errors wrap [ErrNotSkeleton] or [ErrMalformed].
func Read(name string, header []byte) (*Skeleton, error) {
	h, err := ReadHeader(header)
	if err != nil {
		return nil, err
	}
	s, err := ReadDumps(name, h.Data, h.Insns)
	if err != nil {
		return nil, err
	}
	s.Header = h
	return s, nil
}

// ReadDumps takes a loader apart that comes as two dumps: the bytes of its
// blob and its instructions. The skeleton keeps both. Its errors wrap
// [ErrMalformed].
func ReadDumps(name string, data, insns []byte) (*Skeleton, error) {
	t, err := Interpret(data, insns)
	if err != nil {
		return nil, err
	}
	s := &Skeleton{Name: name, Trace: t, BTFOffset: -1}
	c := collector{Skeleton: s, results: t.results(), maps: map[int]*Map{}, lookups: map[int]*Lookup{}, closed: map[int]bool{}, copied: map[int64]bool{}}
	c.collect()
	if len(s.Maps) == 0 && len(s.Programs) == 0 && s.BTFLoad == nil {
		return nil, fmt.Errorf("%w: the loader makes no map and no program", ErrMalformed)
	}
	return s, nil
}

// Carrier is what the object came in, see [bpfobj.Carrier].
func (s *Skeleton) Carrier() string { return "light skeleton" }

// Of returns the light skeleton that an object was read from, nil if it was
// read from something else.
func Of(obj *bpfobj.Object) *Skeleton {
	s, _ := obj.Carrier.(*Skeleton)
	return s
}

// Locate says where a byte of the blob is: in the header, if there is one. A
// negative offset is the skeleton as a whole.
func (s *Skeleton) Locate(offset int64, symbol string) bpfobj.Location {
	loc := bpfobj.Location{Object: s.Name, Insn: -1, Symbol: symbol}
	if offset < 0 {
		return loc
	}
	loc.Section, loc.Offset = "opts_data", uint64(offset)
	if s.Header != nil {
		if line, column := s.Header.Position(int(offset)); line > 0 {
			loc.Source = bpfobj.Source{File: s.Name, Line: line, Column: column, Origin: bpfobj.OriginOwn}
		}
	}
	return loc
}
