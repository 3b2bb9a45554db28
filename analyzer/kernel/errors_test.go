package kernel_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
)

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	whole := raw(vmlinux())
	image := elfFile(t, section{name: ".BTF", data: whole})
	dir := files(t, map[string][]byte{
		"good":           whole,
		"empty":          {},
		"truncated":      whole[:len(whole)-10],
		"header":         whole[:8],
		"text":           []byte("hello, world\n"),
		"short":          {0x9f},
		"plain.elf":      elfFile(t, section{name: ".text", data: whole}),
		"truncated.elf":  image[:100],
		"header.elf":     image[:10],
		"beyond.elf":     bytes.Replace(image, []byte(".shstrtab"), []byte(".shstrtaX"), 1)[:40],
		"compressed.elf": elfFile(t, section{name: ".BTF", data: make([]byte, 64), flags: elf.SHF_COMPRESSED}),
		"empty.elf":      elfFile(t, section{name: ".BTF"}),
		"bad.elf":        elfFile(t, section{name: ".BTF", data: []byte("hello, world, hello, world")}),
		"dir/config":     []byte("x"),
		"double/m-a":     whole,
		"double/m_a.ko":  whole,
		"gzip":           []byte("\x1f\x8b\x08\x00"),
		"xz":             []byte("\xfd7zXZ\x00"),
		"zstd":           []byte("\x28\xb5\x2f\xfd\x00"),
		"vmlinuz":        []byte("MZ\xea\x07\x00"),
		"kallsyms":       []byte(symbolTable),
		"config":         []byte("# nothing\n"),
	})
	tests := []struct {
		name string
		spec kernel.Spec
		want []string
		part kernel.Part
	}{
		{"missing file", kernel.Spec{Types: "nowhere"}, []string{"types", "nowhere"}, kernel.PartTypes},
		{"empty file", kernel.Spec{Types: "empty"}, []string{"types", "empty", "empty file"}, kernel.PartTypes},
		{"truncated BTF", kernel.Spec{Types: "truncated"}, []string{"types", "truncated", "strings", ": truncated"}, kernel.PartTypes},
		{"truncated header", kernel.Spec{Types: "header"}, []string{"8 bytes", "truncated"}, kernel.PartTypes},
		{"text", kernel.Spec{Types: "text"}, []string{"neither BTF nor ELF"}, kernel.PartTypes},
		{"one byte", kernel.Spec{Types: "short"}, []string{"neither BTF nor ELF"}, kernel.PartTypes},
		{"gzip", kernel.Spec{Types: "gzip"}, []string{"neither BTF nor ELF", "by gzip, unpack it first"}, kernel.PartTypes},
		{"xz", kernel.Spec{Types: "xz"}, []string{"by xz, unpack it first"}, kernel.PartTypes},
		{"zstd", kernel.Spec{Types: "zstd"}, []string{"by zstd, unpack it first"}, kernel.PartTypes},
		{"kernel image", kernel.Spec{Types: "vmlinuz"}, []string{"neither BTF nor ELF", "extract-vmlinux"}, kernel.PartTypes},
		{"ELF without BTF", kernel.Spec{Types: "plain.elf"}, []string{"ELF file without a .BTF section"}, kernel.PartTypes},
		{"truncated ELF", kernel.Spec{Types: "truncated.elf"}, []string{"ELF: truncated at byte 100"}, kernel.PartTypes},
		{"ELF header alone", kernel.Spec{Types: "header.elf"}, []string{"ELF"}, kernel.PartTypes},
		{"cut ELF", kernel.Spec{Types: "beyond.elf"}, []string{"ELF"}, kernel.PartTypes},
		{"compressed section", kernel.Spec{Types: "compressed.elf"}, []string{"compressed"}, kernel.PartTypes},
		{"empty section", kernel.Spec{Types: "empty.elf"}, []string{`section ".BTF": empty`}, kernel.PartTypes},
		{"section without BTF", kernel.Spec{Types: "bad.elf"}, []string{"not BTF"}, kernel.PartTypes},
		{"directory without vmlinux", kernel.Spec{Types: "dir"}, []string{"types", filepath.Join("dir", "vmlinux")}, kernel.PartTypes},
		{"missing modules", kernel.Spec{Types: "good", Modules: "nowhere"}, []string{"modules", "nowhere"}, kernel.PartModules},
		{"file of modules", kernel.Spec{Types: "good", Modules: "good"}, []string{"modules", "not a directory"}, kernel.PartModules},
		{"module twice", kernel.Spec{Types: "good", Modules: "double"}, []string{"m_a.ko", `second file of module "m_a"`}, kernel.PartModules},
		{"missing symbols", kernel.Spec{Types: "good", Symbols: "nowhere"}, []string{"symbols", "nowhere"}, kernel.PartSymbols},
		{"empty symbols", kernel.Spec{Types: "good", Symbols: "empty"}, []string{"symbols", "empty file"}, kernel.PartSymbols},
		{"binary symbols", kernel.Spec{Types: "good", Symbols: "good"}, []string{"symbols", "binary data"}, kernel.PartSymbols},
		{"directory of symbols", kernel.Spec{Types: "good", Symbols: "dir"}, []string{"symbols", "directory"}, kernel.PartSymbols},
		{"missing config", kernel.Spec{Types: "good", Config: "nowhere"}, []string{"config", "nowhere"}, kernel.PartConfig},
		{"config without options", kernel.Spec{Types: "good", Config: "config"}, []string{"config", "no CONFIG_ line"}, kernel.PartConfig},
		{"binary config", kernel.Spec{Types: "good", Config: "good"}, []string{"config", "binary data"}, kernel.PartConfig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k, err := open(t, dir, tt.spec)
			if tt.part != kernel.PartTypes {
				require.NoError(t, err)
				require.Len(t, k.Errors(), 1)
				assert.Contains(t, k.Unknown(), string(tt.part))
				assert.Same(t, k, k.Readable(), "what could not be opened is unknown already")
				err = k.Errors()[0]
			}
			var part *kernel.PartError
			require.ErrorAs(t, err, &part)
			assert.Equal(t, tt.part, part.Part)
			assert.NotEmpty(t, part.Path)
			for _, want := range tt.want {
				assert.Contains(t, err.Error(), want)
			}
			assert.NotContains(t, err.Error(), "\n")
			assert.Equal(t, tt.part == kernel.PartTypes, errors.Is(err, kernel.ErrNoTypes))
		})
	}
}

// What is wrong with a part that nobody asked for does not show; what was
// asked for shows, and makes the part unknown.
func TestKernelErrors(t *testing.T) {
	t.Parallel()
	b := vmlinux()
	b.Raw(0, btftest.Info(btfgraph.KindEnum, 100, false), 4)
	gz := compress(t, configText)
	dir := files(t, map[string][]byte{
		"good": raw(vmlinux()), "bad": raw(b),
		"mods/bad.ko.xz": []byte("\xfd7zXZ"),
		"config":         []byte(gz[:len(gz)/2]),
	})
	k, err := open(t, dir, kernel.Spec{Types: "good", Modules: "mods", Config: "config"})
	require.NoError(t, err)
	assert.Empty(t, k.Errors())
	assert.Equal(t, []string{"symbols"}, k.Unknown())

	_, _, id := k.Find(btfgraph.KindFunc, "nowhere")
	assert.Equal(t, btfgraph.Void, id)
	_, set := k.Config.Lookup("CONFIG_HZ")
	assert.False(t, set)
	errs := k.Errors()
	require.Len(t, errs, 2)
	assert.ErrorContains(t, errs[0], "bad.ko.xz\": neither BTF nor ELF")
	assert.ErrorContains(t, errs[1], "gzip")
	readable := k.Readable()
	assert.Nil(t, readable.Modules)
	assert.Nil(t, readable.Config)
	assert.Same(t, k.Types, readable.Types)
	assert.Equal(t, errs, readable.Errors())
	assert.Same(t, readable, readable.Readable())
	assert.Equal(t, []string{"modules", "symbols", "config"}, k.Unknown())
	m := k.Modules["bad.ko.xz"]
	assert.Equal(t, k.Types.Len(), m.Len())
	assert.Equal(t, btfgraph.ID(k.Types.Len()), m.FirstOwn())
	assert.Same(t, k.Types, m.Base())

	k, err = open(t, dir, kernel.Spec{Types: "bad"})
	require.NoError(t, err)
	errs = k.Errors()
	require.Len(t, errs, 1)
	assert.ErrorContains(t, errs[0], "types")
	assert.Equal(t, []string{"types", "modules", "symbols", "config"}, k.Readable().Unknown())
}

// One part that cannot be opened does not cost the others.
func TestOpenParts(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string][]byte{"vmlinux": raw(vmlinux()), "kallsyms": []byte(symbolTable), "config": []byte(configText)})
	k, err := open(t, dir, kernel.Spec{Types: "vmlinux", Modules: "nowhere", Symbols: "kallsyms", Config: "nowhere"})
	require.NoError(t, err)
	assert.Len(t, k.Errors(), 2)
	assert.Equal(t, []string{"modules", "config"}, k.Unknown())
	assert.True(t, k.Symbols.HasFunc("foo"))
	assert.Equal(t, binary.LittleEndian, k.ByteOrder)
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	module := new(btftest.Builder)
	module.Struct("nf_conn", 8)
	genuine := new(btftest.Builder)
	genuine.Enum("bpf_prog_type", btftest.Value{Name: "BPF_PROG_TYPE_XDP", Value: 6})
	dir := files(t, map[string][]byte{"vmlinux": raw(genuine), "nf_conntrack": raw(module), "big": genuine.Bytes(binary.BigEndian)})
	k, err := open(t, dir, kernel.Spec{Types: "vmlinux"})
	require.NoError(t, err)
	assert.Empty(t, k.Remarks())
	k, err = open(t, dir, kernel.Spec{Types: "nf_conntrack"})
	require.NoError(t, err)
	require.Len(t, k.Remarks(), 1)
	assert.Contains(t, k.Remarks()[0], "no enum bpf_prog_type")
	k, err = open(t, dir, kernel.Spec{Types: "big"})
	require.NoError(t, err)
	assert.Equal(t, binary.BigEndian, k.ByteOrder)
	assert.Empty(t, k.Remarks())
}
