package bpfobj_test

import (
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// extImage is an object with a program of six slots and a .BTF.ext.
//
//	0: if r0 == 0 goto 3    line 10
//	1: r0 = 0
//	2: r0 = 0
//	3: r0 = 0
//	4: r0 = 0               line 20
//	5: exit
func extImage(order btftest.ByteOrder, build func(e *extBuilder)) *image {
	b := &btftest.Builder{}
	fn := b.Func("prog", b.FuncProto(0), btfgraph.LinkageGlobal)
	m := &image{order: order, symbols: []imageSymbol{
		{name: "prog", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 1, size: 48},
	}}
	slots := []byte{0x15, 0, 0, 2, 0, 0, 0, 0, 0xb7, 0, 0, 0, 0, 0, 0, 0, 0xb7, 0, 0, 0, 0, 0, 0, 0,
		0xb7, 0, 0, 0, 0, 0, 0, 0, 0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0}
	m.order.PutUint16(slots[2:], 2)
	m.sections = []imageSection{m.code("socket")}
	m.sections[0].data = slots
	e := &extBuilder{m: m, section: b.String("socket"), file: b.String("a.c"), text: b.String("\tx = 1; \r\n"), access: b.String("0:1")}
	e.fn = uint32(fn)
	e.funcs = m.words(uint32(8), e.section, uint32(1), uint32(0), e.fn)
	e.lines = m.words(uint32(16), e.section, uint32(2),
		uint32(0), e.file, e.text, uint32(10<<10|3), uint32(32), e.file, e.text, uint32(20<<10))
	e.core = m.words(uint32(16), e.section, uint32(1), uint32(24), uint32(fn), e.access, uint32(8))
	if build != nil {
		build(e)
	}
	m.sections = append(m.sections,
		imageSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: b.Bytes(order)},
		imageSection{name: ".BTF.ext", typ: elf.SHT_PROGBITS, data: e.bytes()})
	return m
}

// extBuilder is a .BTF.ext in the making: the bytes of its three parts.
type extBuilder struct {
	m                               *image
	section, file, text, access, fn uint32
	funcs, lines, core              []byte
	raw                             func([]byte) []byte // last change
	coreOff, funcsLen               uint32              // added to the header's values
}

func (e *extBuilder) bytes() []byte {
	nf, nl, nc := uint32(len(e.funcs)), uint32(len(e.lines)), uint32(len(e.core))
	b := e.m.words(uint16(0xeb9f), uint8(1), uint8(0), uint32(32),
		uint32(0), nf+e.funcsLen, nf, nl, nf+nl+e.coreOff, nc)
	b = append(append(append(b, e.funcs...), e.lines...), e.core...)
	if e.raw != nil {
		b = e.raw(b)
	}
	return b
}

func TestLocateBlocks(t *testing.T) {
	t.Parallel()
	for _, order := range []btftest.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		t.Run(order.String(), func(t *testing.T) {
			t.Parallel()
			o := read(t, extImage(order, nil))
			require.NoError(t, o.ExtErr)
			f := o.Programs[0].Function
			type view struct {
				line   int
				origin bpfobj.Origin
			}
			var got []view
			for i := range f.Insns {
				src := o.Locate(f, i).Source
				got = append(got, view{src.Line, src.Origin})
			}
			assert.Equal(t, []view{
				{10, bpfobj.OriginOwn},
				{10, bpfobj.OriginPrevious}, // the block ends before slot 3
				{10, bpfobj.OriginPrevious},
				{20, bpfobj.OriginNext},
				{20, bpfobj.OriginOwn},
				{20, bpfobj.OriginPrevious},
			}, got)
			assert.Equal(t, bpfobj.Source{File: "a.c", Line: 10, Column: 3, Text: "\tx = 1; ", Origin: bpfobj.OriginOwn},
				o.Locate(f, 0).Source)
			require.Len(t, o.CORE, 1)
			assert.Equal(t, bpfobj.CORERecord{
				Section: 1, Offset: 24, Type: f.Type, Access: "0:1", Kind: 8, Func: f, Insn: 3,
			}, o.CORE[0])
			assert.Equal(t, []bpfobj.FuncRecord{{Section: 1, Type: f.Type}}, o.FuncRecords())
		})
	}
}

// TestUnsortedLines: no producer writes them, but the order is not promised.
func TestUnsortedLines(t *testing.T) {
	t.Parallel()
	o := read(t, extImage(binary.LittleEndian, func(e *extBuilder) {
		e.lines = e.m.words(uint32(20), // larger records than those known
			e.section, uint32(1), uint32(32), e.file, e.text, uint32(20<<10), uint32(0),
			e.section, uint32(1), uint32(0), e.file, e.text, uint32(10<<10), uint32(0))
	}))
	require.NoError(t, o.ExtErr)
	f := o.Programs[0].Function
	assert.Equal(t, 10, o.Locate(f, 0).Source.Line)
	assert.Equal(t, 20, o.Locate(f, 4).Source.Line)
}

func TestMalformedExt(t *testing.T) {
	t.Parallel()
	at := func(i int, v byte) func(*extBuilder) {
		return func(e *extBuilder) { e.raw = func(b []byte) []byte { b[i] = v; return b } }
	}
	tests := []struct {
		name   string
		change func(*extBuilder)
	}{
		{"empty", func(e *extBuilder) { e.raw = func([]byte) []byte { return nil } }},
		{"magic", at(0, 0)},
		{"version", at(2, 2)},
		{"flags", at(3, 1)},
		{"header beyond the end", at(5, 0xff)},
		{"header of all bytes", func(e *extBuilder) { e.raw = func(b []byte) []byte { return b[:32] } }},
		{"short header", at(4, 16)},
		{"unaligned part", func(e *extBuilder) { e.coreOff = 1 }},
		{"part beyond the end", func(e *extBuilder) { e.coreOff = 4 }},
		{"part without record size", func(e *extBuilder) { e.core = []byte{8, 0, 0} }},
		{"part without records", func(e *extBuilder) { e.core = e.core[:4] }},
		{"part longer than the section", func(e *extBuilder) { e.funcsLen = 1 << 31 }},
		{"small record", func(e *extBuilder) { e.lines[0] = 12 }},
		{"odd record", func(e *extBuilder) { e.lines[0] = 17 }},
		{"record of 4 GB", func(e *extBuilder) { copy(e.lines, []byte{0xfc, 0xff, 0xff, 0xff}) }},
		{"half a section header", func(e *extBuilder) { e.core = append(e.core, 1, 2, 3, 4) }},
		{"no records of a section", func(e *extBuilder) { e.core = append(e.core, 1, 0, 0, 0, 0, 0, 0, 0) }},
		{"2^32-1 records", func(e *extBuilder) { copy(e.core[8:], []byte{0xff, 0xff, 0xff, 0xff}) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := read(t, extImage(binary.LittleEndian, tt.change))
			assert.NoError(t, o.TypesErr)
			assert.Error(t, o.ExtErr)
			assert.Empty(t, o.CORE)
			assert.Empty(t, o.FuncRecords())
			f := o.Programs[0].Function
			assert.Equal(t, bpfobj.Source{}, o.Locate(f, 0).Source)
			assert.NotZero(t, f.Type, "found by name")
		})
	}
}

// TestShortExtHeader: before CO-RE the header had no core_relo.
func TestShortExtHeader(t *testing.T) {
	t.Parallel()
	o := read(t, extImage(binary.LittleEndian, func(e *extBuilder) {
		e.core = nil
		e.raw = func(b []byte) []byte {
			b[4] = 24
			return append(b[:24:24], b[32:]...)
		}
	}))
	require.NoError(t, o.ExtErr)
	assert.Equal(t, 10, o.LocateFunction(o.Programs[0].Function).Source.Line)
}

// TestEmptyBTFStrings: an empty string section may be anywhere (found by FuzzRead).
func TestEmptyBTFStrings(t *testing.T) {
	t.Parallel()
	m := extImage(binary.LittleEndian, nil)
	btf := m.sections[1].data
	binary.LittleEndian.PutUint32(btf[12:], 0) // no types
	binary.LittleEndian.PutUint32(btf[16:], 1<<17)
	binary.LittleEndian.PutUint32(btf[20:], 0)
	o := read(t, m)
	require.NoError(t, o.TypesErr)
	assert.Empty(t, o.CORE[0].Access)
	assert.Zero(t, o.CORE[0].Section, "no name leads to a section")
}
