package bpfobj_test

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// minimal is an object with one program of two slots.
func minimal() *image {
	m := &image{symbols: []imageSymbol{
		{name: "prog", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 1, size: 16},
	}}
	m.sections = []imageSection{m.code("socket", 0xb7, 0x95)}
	return m
}

// Offsets in the ELF header and in a section header.
const (
	ehType, ehMachine, ehShoff, ehShentsize, ehShnum, ehShstrndx = 16, 18, 40, 58, 60, 62
	shType, shFlags, shOffset, shSize, shLink, shEntsize         = 4, 8, 24, 32, 40, 56
)

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	put16 := func(at int, v uint16) func([]byte) []byte {
		return func(b []byte) []byte { le.PutUint16(b[at:], v); return b }
	}
	// section changes a field of a section's header; 2 is .symtab.
	section := func(index, at int, v uint64, size int) func([]byte) []byte {
		return func(b []byte) []byte {
			h := b[le.Uint64(b[ehShoff:])+uint64(index)*64+uint64(at):]
			if size == 4 {
				le.PutUint32(h, uint32(v))
			} else {
				le.PutUint64(h, v)
			}
			return b
		}
	}
	tests := []struct {
		name   string
		change func([]byte) []byte
		want   error
	}{
		{"nothing", func([]byte) []byte { return nil }, bpfobj.ErrEmpty},
		{"text", func([]byte) []byte { return []byte("int main;") }, bpfobj.ErrNotELF},
		{"magic alone", func(b []byte) []byte { return b[:4] }, bpfobj.ErrTruncated},
		{"header alone", func(b []byte) []byte { return b[:64] }, bpfobj.ErrTruncated},
		{"half of the section table", func(b []byte) []byte { return b[:len(b)-64] }, bpfobj.ErrTruncated},
		{"32 bits", func(b []byte) []byte { b[elf.EI_CLASS] = 1; return b }, bpfobj.ErrNotBPF},
		{"no byte order", func(b []byte) []byte { b[elf.EI_DATA] = 0; return b }, bpfobj.ErrMalformed},
		{"byte order alone", func(b []byte) []byte { b[elf.EI_DATA] = 2; return b }, bpfobj.ErrNotBPF},
		{"executable", put16(ehType, uint16(elf.ET_EXEC)), bpfobj.ErrNotBPF},
		{"x86", put16(ehMachine, uint16(elf.EM_X86_64)), bpfobj.ErrNotBPF},
		{"no section table", func(b []byte) []byte { le.PutUint64(b[ehShoff:], 0); return b }, bpfobj.ErrMalformed},
		{"section table beyond the end", func(b []byte) []byte { le.PutUint64(b[ehShoff:], 1<<63); return b }, bpfobj.ErrTruncated},
		{"short section headers", put16(ehShentsize, 40), bpfobj.ErrMalformed},
		{"65535 sections", put16(ehShnum, 0xffff), bpfobj.ErrTruncated},
		{"2^60 sections", func(b []byte) []byte { return section(0, shSize, 1<<60, 8)(put16(ehShnum, 0)(b)) }, bpfobj.ErrTruncated},
		{"no section names", put16(ehShstrndx, 0), bpfobj.ErrMalformed},
		{"section names of no section", put16(ehShstrndx, 77), bpfobj.ErrMalformed},
		{"section of 1 GB", section(1, shSize, 1<<30, 8), bpfobj.ErrTruncated},
		{"section at 2^64-1", section(1, shOffset, 1<<64-1, 8), bpfobj.ErrTruncated},
		{"overlapping sections", func(b []byte) []byte {
			return section(1, shSize, uint64(len(b)), 8)(section(1, shOffset, 0, 8)(b))
		}, bpfobj.ErrMalformed},
		{"compressed section", section(1, shFlags, uint64(elf.SHF_COMPRESSED), 8), bpfobj.ErrMalformed},
		{"no symbol table", section(2, shType, uint64(elf.SHT_PROGBITS), 4), bpfobj.ErrNoSymbols},
		{"two symbol tables", section(1, shType, uint64(elf.SHT_SYMTAB), 4), bpfobj.ErrMalformed},
		{"short symbols", section(2, shEntsize, 16, 8), bpfobj.ErrMalformed},
		{"no symbol names", section(2, shLink, 0, 4), bpfobj.ErrMalformed},
		{"symbol names of no section", section(2, shLink, 99, 4), bpfobj.ErrMalformed},
		{"symbol names of no string table", section(2, shLink, 1, 4), bpfobj.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := bpfobj.Read("x.o", tt.change(minimal().bytes()))
			assert.ErrorIs(t, err, tt.want)
			assert.Nil(t, o)
			if err != nil {
				assert.NotContains(t, err.Error(), "\n")
			}
		})
	}
}

func TestReadSwappedHeader(t *testing.T) {
	t.Parallel()
	big := minimal()
	big.order = binary.BigEndian
	tests := []struct {
		name  string
		data  []byte
		at    int
		value []byte
		want  string
	}{
		{"little endian called big", minimal().bytes(), elf.EI_DATA, []byte{2}, "header is big endian but its fields are little endian"},
		{"big endian called little", big.bytes(), elf.EI_DATA, []byte{1}, "header is little endian but its fields are big endian"},
		{"type", minimal().bytes(), ehType, []byte{0, 1}, "header is little endian but its fields are big endian"},
		{"machine", minimal().bytes(), ehMachine, []byte{0, 247}, "header is little endian but its fields are big endian"},
		{"machine of big endian", big.bytes(), ehMachine, []byte{247, 0}, "header is big endian but its fields are little endian"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := bpfobj.Read("x.o", tt.data)
			require.NoError(t, err)
			copy(tt.data[tt.at:], tt.value)
			_, err = bpfobj.Read("x.o", tt.data)
			require.ErrorIs(t, err, bpfobj.ErrNotBPF)
			assert.EqualError(t, err, "not a BPF object: byte order of the "+tt.want)
		})
	}
}

func TestReadAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func([]byte)
	}{
		{"as it is", func([]byte) {}},
		{"machine of old LLVM", func(b []byte) { b[ehMachine] = 0 }},
		{"section count in the null section", func(b []byte) {
			binary.LittleEndian.PutUint16(b[ehShnum:], 0)
			b[binary.LittleEndian.Uint64(b[ehShoff:])+shSize] = 5
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := minimal().bytes()
			tt.change(b)
			o, err := bpfobj.Read("x.o", b)
			require.NoError(t, err)
			require.Len(t, o.Programs, 1)
			assert.Equal(t, []bpfobj.Insn{{Op: 0xb7}, {Op: 0x95}}, o.Programs[0].Insns)
			assert.Nil(t, o.Types)
			assert.NoError(t, o.TypesErr)
			assert.False(t, o.HasLicense)
			assert.Equal(t, bpfobj.Location{Object: "x.o", Section: "socket", Program: "prog", Insn: 1, Offset: 8},
				o.Locate(o.Programs[0].Function, 1))
		})
	}
}

// TestTruncation cuts a real object at every length.
func TestTruncation(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(objects, "core.o"))
	require.NoError(t, err)
	for n := range data {
		o, err := bpfobj.Read("core.o", data[:n])
		assert.Error(t, err, n)
		assert.Nil(t, o)
	}
}

// TestSectionsAgainstDebugELF compares with the reader of the standard library.
func TestSectionsAgainstDebugELF(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(objects, "*.o"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		o, err := bpfobj.ReadFile(path)
		require.NoError(t, err)
		f, err := elf.Open(path)
		require.NoError(t, err)
		defer f.Close()
		require.Len(t, o.Sections, len(f.Sections))
		for i, s := range f.Sections {
			assert.Equal(t, s.Name, o.Sections[i].Name)
			assert.Equal(t, s.Size, o.Sections[i].Size)
			assert.Equal(t, uint32(s.Type), o.Sections[i].Type)
			if s.Type != elf.SHT_NOBITS && s.Type != elf.SHT_NULL {
				data, err := s.Data()
				require.NoError(t, err)
				assert.Equal(t, data, append([]byte{}, o.Sections[i].Data...))
			}
		}
		syms, err := f.Symbols()
		require.NoError(t, err)
		require.Len(t, o.Symbols, len(syms)+1)
		for i, s := range syms {
			assert.Equal(t, bpfobj.Symbol{
				Name: s.Name, Section: int(s.Section), Value: s.Value, Size: s.Size, Type: uint8(elf.ST_TYPE(s.Info)),
				Binding: bpfobj.Binding(elf.ST_BIND(s.Info)), Visibility: uint8(elf.ST_VISIBILITY(s.Other)),
			}, o.Symbols[i+1])
		}
	}
}
