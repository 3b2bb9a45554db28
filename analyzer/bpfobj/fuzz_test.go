package bpfobj_test

import (
	"debug/elf"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// describe calls every method of an object and renders what they return.
func describe(o *bpfobj.Object) string {
	var b strings.Builder
	say := func(values ...any) { fmt.Fprint(&b, values...) }
	say(o.License, o.TypesErr, o.ExtErr, o.Symbols, o.FuncRecords(), len(o.StrayStructOpsRelocs()), o.Datasecs())
	for _, f := range o.Functions {
		say(f.Name, f.Type, len(f.Insns), refs(f), f.CORE, len(f.Reachable()), o.LocateFunction(f))
		for i := range min(len(f.Insns), 16) {
			say(o.Locate(f, i))
		}
		say(o.Locate(f, len(f.Insns)-1), o.Locate(f, -1))
	}
	say(o.SourceFiles(), o.MentionsInLines("btflint:"))
	for _, l := range o.SourceLines() {
		say(l)
	}
	for i := range o.Sections {
		sec := &o.Sections[i]
		say(sec.Name, sec.Relocs, sec.RelocErr, o.LocateSection(i, 8), o.LocateSection(i, 1<<40))
	}
	for _, m := range o.Maps {
		say(m.Name, m.Kind, m.Def.Type, m.Def.ValueSize, m.DefErr, len(m.Refs), len(m.Data))
	}
	for _, e := range o.Externs {
		say(e.Name, e.Kind, e.Weak, e.Type, e.Linkage, e.Typeless(), len(e.Refs))
	}
	for _, m := range o.StructOps {
		say(m.Name, m.TypeName, m.Offset, m.Data, len(m.Members), len(m.Relocs))
	}
	for _, r := range o.CORE {
		say(r.Section, r.Offset, r.Type, r.Access, r.Kind, r.Insn)
	}
	return b.String()
}

// checkRead reads data twice: an object or an error, the same both times.
func checkRead(t *testing.T, data []byte) {
	t.Helper()
	o, err := bpfobj.Read("x.o", data)
	again, errAgain := bpfobj.Read("x.o", data)
	if err != nil {
		require.Nil(t, o)
		require.EqualError(t, errAgain, err.Error())
		require.NotContains(t, err.Error(), "internal error")
		return
	}
	require.NotNil(t, o)
	require.NoError(t, errAgain)
	require.Equal(t, describe(o), describe(again))
}

// TestReadTwice gives the check of FuzzRead real objects, which are too large
// to start a search from.
func TestReadTwice(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(objects, "*.o"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		checkRead(t, data)
	}
}

// minimizeBriefly gives the engine ten attempts to make an input smaller. Its
// default of 60 s leaves next to no time for new inputs.
func minimizeBriefly(f *testing.F) {
	f.Helper()
	const name = "test.fuzzminimizetime"
	if fl := flag.Lookup(name); fl.Value.String() == fl.DefValue {
		require.NoError(f, flag.Set(name, "10x"))
	}
}

// tiny is an object with a little of everything in some hundred bytes.
func tiny(order btftest.ByteOrder) *image {
	b := &btftest.Builder{}
	i := b.Int("int", 4, btfgraph.IntSigned)
	hash := b.Struct("", 8, btftest.Member{Name: "type", Type: b.Ptr(b.Array(i, i, 1))})
	ops := b.Struct("o", 8, btftest.Member{Name: "f", Type: b.Ptr(b.FuncProto(i))})
	v := b.Var("k", i, btfgraph.LinkageExtern)
	b.Datasec(".maps", 0, btftest.Secinfo{Type: b.Var("m", hash, btfgraph.LinkageGlobal), Size: 8})
	b.Datasec(".struct_ops", 0, btftest.Secinfo{Type: b.Var("s", ops, btfgraph.LinkageGlobal), Size: 8})
	b.Datasec(".ksyms", 0, btftest.Secinfo{Type: v})
	m := &image{order: order, symbols: []imageSymbol{
		{name: "p", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, section: 1, size: 32},
		{name: "m", bind: elf.STB_GLOBAL, typ: elf.STT_OBJECT, section: 3, size: 8},
		{name: "s", bind: elf.STB_GLOBAL, typ: elf.STT_OBJECT, section: 4, size: 8},
		{name: "k", bind: elf.STB_WEAK},
	}}
	m.sections = []imageSection{
		m.code("tc", 0x18, 0, 0x1085, 0x95),
		m.rel(".reltc", 1, 0, 2, 16, 4),
		m.data(".maps", make([]byte, 8)),
		m.data(".struct_ops", make([]byte, 8)),
		m.rel(".rel.struct_ops", 4, 0, 1),
		{name: ".BTF", typ: elf.SHT_PROGBITS, data: b.Bytes(m.byteOrder())},
	}
	return m
}

// The seed is worth something only if all of it is read.
func TestTinySeed(t *testing.T) {
	t.Parallel()
	o := read(t, tiny(nil))
	require.NoError(t, o.TypesErr)
	assert.Equal(t, []refView{{0, bpfobj.RefMap, "m", 0}, {2, bpfobj.RefExtern, "k", 0}}, refs(function(t, o, "p")))
	require.Len(t, o.StructOps, 1)
	assert.Equal(t, "p", o.StructOps[0].Members[0].Program.Name)
}

func FuzzRead(f *testing.F) {
	minimizeBriefly(f)
	f.Add(minimal().bytes())
	f.Add(tiny(nil).bytes())
	f.Add(tiny(binary.BigEndian).bytes())
	f.Fuzz(checkRead)
}

// FuzzExt gives a sound object a hostile .BTF.ext.
func FuzzExt(f *testing.F) {
	minimizeBriefly(f)
	var whole []byte
	extImage(binary.LittleEndian, func(e *extBuilder) {
		e.raw = func(b []byte) []byte { whole = append([]byte{}, b...); return b }
	})
	f.Add(whole)
	f.Add(whole[:24])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, ext []byte) {
		m := extImage(binary.LittleEndian, func(e *extBuilder) { e.raw = func([]byte) []byte { return ext } })
		checkRead(t, m.bytes())
	})
}
