package plan_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/stretchr/testify/require"
)

// image is an object of testdata/rules whose tables a test edits: what no
// compiler produces.
type image struct {
	t    *testing.T
	data []byte
	f    *elf.File
}

func newImage(t *testing.T, name string) *image {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "rules", name))
	require.NoError(t, err)
	f, err := elf.NewFile(bytes.NewReader(data))
	require.NoError(t, err)
	return &image{t: t, data: data, f: f}
}

// object reads the edited bytes.
func (m *image) object() *bpfobj.Object {
	m.t.Helper()
	o, err := bpfobj.Read("edited.o", m.data)
	require.NoError(m.t, err)
	return o
}

// section is the index of a section.
func (m *image) section(name string) int {
	m.t.Helper()
	for i, s := range m.f.Sections {
		if s.Name == name {
			return i
		}
	}
	require.Fail(m.t, "no section", name)
	return 0
}

// header is the header of a section: type at 4, flags at 8, size at 32, link
// at 40, info at 44, entry size at 56.
func (m *image) header(name string) []byte {
	m.t.Helper()
	off := int(binary.LittleEndian.Uint64(m.data[40:])) + 64*m.section(name)
	return m.data[off : off+64]
}

// contents are the bytes of a section.
func (m *image) contents(name string) []byte {
	m.t.Helper()
	s := m.f.Sections[m.section(name)]
	return m.data[s.Offset : s.Offset+s.Size]
}

// symbol is the entry of a symbol: info at 4, section at 6, value at 8, size at 16.
func (m *image) symbol(name string) []byte {
	m.t.Helper()
	symbols, err := m.f.Symbols()
	require.NoError(m.t, err)
	for i, s := range symbols {
		if s.Name == name {
			return m.contents(".symtab")[24*(i+1) : 24*(i+2)]
		}
	}
	require.Fail(m.t, "no symbol", name)
	return nil
}

// reloc is entry i of a relocation section: offset at 0, type at 8, symbol at 12.
func (m *image) reloc(section string, i int) []byte {
	m.t.Helper()
	return m.contents(section)[16*i : 16*(i+1)]
}

// rename replaces a string of .BTF by one of equal length.
func (m *image) rename(from, to string) {
	m.t.Helper()
	require.Len(m.t, to, len(from))
	btf := m.contents(".BTF")
	i := bytes.Index(btf, append([]byte{0}, append([]byte(from), 0)...))
	require.Positive(m.t, i)
	copy(btf[i+1:], to)
}

func put16(b []byte, v uint16) { binary.LittleEndian.PutUint16(b, v) }
func put32(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, v) }
func put64(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, v) }
