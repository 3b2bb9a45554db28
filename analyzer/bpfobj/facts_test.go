package bpfobj_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

func read(t testing.TB, m *image) *bpfobj.Object {
	t.Helper()
	o, err := bpfobj.Read("x.o", m.bytes())
	require.NoError(t, err)
	return o
}

// TestOddFunctions: what libbpf refuses in a program section is a fact.
func TestOddFunctions(t *testing.T) {
	t.Parallel()
	m := minimal()
	m.symbols = []imageSymbol{
		{name: "whole", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 1, size: 16},
		{name: "unaligned", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 1, value: 4, size: 8},
		{name: "static", bind: elf.STB_LOCAL, typ: elf.STT_FUNC, section: 1, value: 8, size: 8},
		{name: "beyond", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 1, value: 16, size: 8},
		{name: "overflow", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 1, value: 1<<64 - 8, size: 16},
		{name: "elsewhere", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 99, size: 8},
		{name: "absolute", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: uint16(elf.SHN_ABS), size: 8},
	}
	o := read(t, m)
	sizes := map[string]int{}
	for _, f := range o.Functions {
		sizes[f.Name] = len(f.Insns)
	}
	assert.Equal(t, map[string]int{"whole": 2, "unaligned": 0, "static": 1, "beyond": 0, "overflow": 0}, sizes)
	assert.Len(t, o.Programs, 5)
	assert.Equal(t, bpfobj.BindLocal, o.Program("static").Binding)
}

func TestOddRelocations(t *testing.T) {
	t.Parallel()
	m := minimal()
	m.sections = append(m.sections,
		m.rel(".relsocket", 1, 8, 1, 0, 77, 3, 1, 1<<40, 1),
		m.rel(".relnothing", 99, 0, 1),
		m.data(".data", make([]byte, 8)),
		imageSection{name: ".rel.data", typ: elf.SHT_REL, info: 4, entsize: 24, data: make([]byte, 24)})
	o := read(t, m)
	s := o.Section("socket")
	assert.Equal(t, ".relsocket", s.RelocSection)
	assert.NoError(t, s.RelocErr)
	var offsets []uint64
	for _, r := range s.Relocs {
		offsets = append(offsets, r.Offset)
	}
	assert.Equal(t, []uint64{0, 3, 8, 1 << 40}, offsets)
	assert.Equal(t, 77, s.Relocs[0].Symbol)
	assert.Equal(t, []bpfobj.Ref{{Insn: 0, Symbol: 77}, {Insn: 1, Symbol: 1}}, o.Programs[0].Refs)
	assert.Error(t, o.Section(".relnothing").RelocErr)
	assert.Error(t, o.Section(".data").RelocErr)
}

// TestStructOpsFacts covers the catalogue's misplaced variables and relocations.
func TestStructOpsFacts(t *testing.T) {
	t.Parallel()
	var b btftest.Builder
	proto := b.FuncProto(0)
	fn := b.Ptr(proto)
	ops := b.Struct("ops", 16,
		btftest.Member{Name: "call", Type: fn}, btftest.Member{Name: "next", Type: fn, BitOffset: 64})
	good := b.Var("good", ops, btfgraph.LinkageGlobal)
	beyond := b.Var("beyond", ops, btfgraph.LinkageGlobal)
	list := b.Var("list", b.Array(ops, b.Int("int", 4, 0), 2), btfgraph.LinkageGlobal)
	sized := b.Datasec(".struct_ops", 100,
		btftest.Secinfo{Type: good, Offset: 8, Size: 16}, btftest.Secinfo{Type: beyond, Offset: 56, Size: 16})
	b.Datasec(".struct_ops.link", 0, btftest.Secinfo{Type: list, Size: 32})

	m := minimal()
	m.symbols = append(m.symbols,
		imageSymbol{name: "good", bind: elf.STB_GLOBAL, typ: elf.STT_OBJECT, section: 2, value: 32, size: 16},
		imageSymbol{name: "list", bind: elf.STB_WEAK, typ: elf.STT_OBJECT, section: 4, value: 8, size: 32})
	m.sections = append(m.sections,
		m.data(".struct_ops", make([]byte, 64)),
		m.rel(".rel.struct_ops", 2, 8, 1, 20, 1, 40, 1, 16, 2),
		m.data(".struct_ops.link", make([]byte, 40)),
		imageSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: b.Bytes(binary.LittleEndian)})
	o := read(t, m)
	require.NoError(t, o.TypesErr)
	require.Len(t, o.StructOps, 3)

	prog := o.Programs[0].Function
	first := o.StructOps[0]
	assert.Equal(t, uint64(8), first.Offset, "the symbol counts only if the DATASEC has no size")
	assert.Len(t, first.Data, 16)
	require.Len(t, first.Relocs, 3)
	assert.Equal(t, 0, first.Relocs[0].Member)
	assert.Equal(t, prog, first.Members[0].Program)
	assert.Equal(t, 1, first.Relocs[1].Member)
	assert.Nil(t, first.Relocs[1].Target, "the symbol is no function")
	assert.Equal(t, -1, first.Relocs[2].Member)
	assert.Nil(t, first.Members[1].Program)

	assert.Nil(t, o.StructOps[1].Data, "beyond the section")
	assert.Zero(t, o.StructOps[1].Symbol)
	assert.Equal(t, uint64(8), o.StructOps[2].Offset, "from the symbol")
	assert.Equal(t, btfgraph.KindArray, o.Types.Kind(o.StructOps[2].Type))
	assert.Nil(t, o.StructOps[2].Members)
	assert.Equal(t, uint64(32), o.StructOps[2].SizeBytes)

	strays := o.StrayStructOpsRelocs()
	require.Len(t, strays, 1)
	assert.Equal(t, uint64(40), strays[0].Offset)
	assert.Equal(t, prog, strays[0].Target)
	assert.Equal(t, sized, o.Datasecs()[0].ID)
	assert.Equal(t, uint64(100), o.Datasecs()[0].SizeBytes)
}

// TestExternWithoutSymbol: a DATASEC may list what nothing refers to.
func TestExternWithoutSymbol(t *testing.T) {
	t.Parallel()
	var b btftest.Builder
	fn := b.Func("lonely", b.FuncProto(0), btfgraph.LinkageExtern)
	inKconfig := b.Func("misplaced", b.FuncProto(0), btfgraph.LinkageExtern)
	b.Datasec(".ksyms", 0, btftest.Secinfo{Type: fn})
	b.Datasec(".kconfig", 0, btftest.Secinfo{Type: inKconfig})
	m := minimal()
	m.symbols = append(m.symbols,
		imageSymbol{name: "misplaced", bind: elf.STB_GLOBAL},
		imageSymbol{name: "typed", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC},
		imageSymbol{name: "bare", bind: elf.STB_WEAK})
	m.sections = append(m.sections, imageSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: b.Bytes(binary.LittleEndian)})
	o := read(t, m)
	assert.Equal(t, map[string]externView{
		"misplaced": {"misplaced", bpfobj.ExternUnknown, false, ".kconfig", false, 0},
		"bare":      {"bare", bpfobj.ExternUnknown, true, "", false, 0},
		"lonely":    {"lonely", bpfobj.ExternFunc, false, ".ksyms", false, 0},
	}, externs(o))
	assert.Equal(t, "lonely", o.Externs[2].Name)
	assert.Zero(t, o.Externs[2].Symbol)
}

// TestRustNames: aya's objects have types whose names no kernel accepts.
func TestRustNames(t *testing.T) {
	t.Parallel()
	for _, order := range []btftest.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		t.Run(order.String(), func(t *testing.T) {
			t.Parallel()
			var b btftest.Builder
			u8 := b.Int("u8", 1, 0)
			b.Struct("Option<&mut [u8; 4]>", 8, btftest.Member{Name: "__0", Type: b.Ptr(u8)})
			b.Struct("(u64, {impl#0})", 1, btftest.Member{Name: "{closure_env#0}", Type: u8})
			fn := b.Func("prog", b.FuncProto(u8), btfgraph.LinkageGlobal)
			m := minimal()
			m.order = order
			m.sections[0] = m.code("classifier", 0, 0)
			m.sections = append(m.sections, imageSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: b.Bytes(m.byteOrder())})
			o := read(t, m)
			require.NoError(t, o.TypesErr)
			assert.Equal(t, fn, o.Programs[0].Type)
		})
	}
}

func TestMalformedBTF(t *testing.T) {
	t.Parallel()
	m := minimal()
	m.sections = append(m.sections, imageSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: []byte{0x9f, 0xeb, 1, 0, 24}})
	o := read(t, m)
	assert.Error(t, o.TypesErr)
	assert.Nil(t, o.Types)
	assert.Nil(t, o.Datasecs())
	assert.Equal(t, btfgraph.LinkageStatic, o.Programs[0].Linkage(o.Types))
}

// TestNamesAreBounded: a name without end, and one of many bytes.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	m := minimal()
	m.symbols = append(m.symbols,
		imageSymbol{name: string(bytes.Repeat([]byte{'x'}, 1<<16)), bind: elf.STB_GLOBAL, typ: elf.STT_OBJECT, section: 1})
	o := read(t, m)
	assert.Empty(t, o.Symbols[2].Name)
	assert.Equal(t, "prog", o.Symbols[1].Name)
}
