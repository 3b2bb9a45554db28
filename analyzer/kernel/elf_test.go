package kernel_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
)

// section is a section of an ELF file.
type section struct {
	name  string
	data  []byte
	flags elf.SectionFlag
}

// elfFile is a 64-bit little-endian ELF file with those sections.
func elfFile(t testing.TB, sections ...section) []byte {
	t.Helper()
	const headerSize, entrySize = 64, 64
	names := []byte{0}
	headers := []elf.Section64{{}}
	var body []byte
	for _, s := range append(sections, section{name: ".shstrtab"}) {
		h := elf.Section64{
			Name: uint32(len(names)), Type: uint32(elf.SHT_PROGBITS), Flags: uint64(s.flags),
			Off: uint64(headerSize + len(body)), Size: uint64(len(s.data)),
		}
		names = append(append(names, s.name...), 0)
		if s.name == ".shstrtab" {
			h.Type, h.Size, s.data = uint32(elf.SHT_STRTAB), uint64(len(names)), names
		}
		headers = append(headers, h)
		body = append(body, s.data...)
	}
	header := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_AARCH64), Version: uint32(elf.EV_CURRENT),
		Shoff: uint64(headerSize + len(body)), Ehsize: headerSize,
		Shentsize: entrySize, Shnum: uint16(len(headers)), Shstrndx: uint16(len(headers) - 1),
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	var out bytes.Buffer
	require.NoError(t, binary.Write(&out, binary.LittleEndian, header))
	out.Write(body)
	require.NoError(t, binary.Write(&out, binary.LittleEndian, headers))
	return out.Bytes()
}

// A module that was built apart from its kernel brings the types of the
// kernel that it needs along.
func TestOpenDistilledBase(t *testing.T) {
	t.Parallel()
	base := new(btftest.Builder)
	base.Struct("task_struct", 8)
	own := btftest.NewSplit(base)
	proto := own.FuncProto(0, btftest.Param{Name: "p", Type: own.Ptr(1)})
	own.Func("in_m", proto, btfgraph.LinkageStatic)
	dir := files(t, map[string][]byte{
		"vmlinux": raw(vmlinux()),
		"m/m.ko":  elfFile(t, section{name: ".BTF", data: raw(own)}, section{name: ".BTF.base", data: raw(base)}),
	})
	k, err := open(t, dir, kernel.Spec{Types: "vmlinux", Modules: "m"})
	require.NoError(t, err)
	g, _, id := k.Find(btfgraph.KindFunc, "in_m")
	require.NotEqual(t, btfgraph.Void, id)
	assert.Equal(t, "task_struct", g.Name(g.Ref(g.Param(g.Ref(id), 0).Type)))
	assert.Empty(t, k.Errors())
}

func FuzzOpen(f *testing.F) {
	f.Add(raw(vmlinux()))
	f.Add(vmlinux().Bytes(binary.BigEndian))
	f.Add(elfFile(f, section{name: ".BTF", data: raw(vmlinux())}))
	f.Add(elfFile(f, section{name: ".BTF", data: raw(vmlinux())}, section{name: ".BTF.base", data: raw(vmlinux())}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "vmlinux")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		k, err := kernel.Open(kernel.Spec{Types: path})
		again, errAgain := kernel.Open(kernel.Spec{Types: path})
		if err != nil {
			require.Nil(t, k)
			require.ErrorIs(t, err, kernel.ErrNoTypes)
			require.EqualError(t, errAgain, err.Error())
			return
		}
		_, _, id := k.Find(btfgraph.KindFunc, "in_vmlinux")
		_, _, idAgain := again.Find(btfgraph.KindFunc, "in_vmlinux")
		require.Equal(t, id, idAgain)
		ctx, ok := k.CtxType("XDP")
		ctxAgain, okAgain := again.CtxType("XDP")
		require.Equal(t, ctx, ctxAgain)
		require.Equal(t, ok, okAgain)
		require.Equal(t, k.Errors(), again.Errors())
		require.NoError(t, k.Close())
		require.NoError(t, again.Close())
	})
}
