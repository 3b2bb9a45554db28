package bpfobj_test

import (
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// objects is the folder of the objects that the tests of this package read.
const objects = "../../testdata/objects"

// load reads an object of the testdata folder.
func load(t testing.TB, name string) *bpfobj.Object {
	t.Helper()
	o, err := bpfobj.ReadFile(filepath.Join(objects, name))
	require.NoError(t, err)
	require.NoError(t, o.TypesErr)
	require.NoError(t, o.ExtErr)
	require.NotNil(t, o.Types)
	return o
}

// function finds a function by name.
func function(t testing.TB, o *bpfobj.Object, name string) *bpfobj.Function {
	t.Helper()
	for _, f := range o.Functions {
		if f.Name == name {
			return f
		}
	}
	require.Fail(t, "no function", name)
	return nil
}

// refs renders the references of a function: slot, kind, name, offset.
type refView struct {
	insn   int
	kind   bpfobj.RefKind
	name   string
	offset int64
}

func refs(f *bpfobj.Function) []refView {
	var list []refView
	for _, r := range f.Refs {
		v := refView{insn: r.Insn, kind: r.Kind, offset: r.Offset}
		switch {
		case r.Map != nil:
			v.name = r.Map.Name
		case r.Extern != nil:
			v.name = r.Extern.Name
		case r.Func != nil:
			v.name = r.Func.Name
		}
		list = append(list, v)
	}
	return list
}

func TestReadFunctions(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"subprogs.o", "subprogs_bpfeb.o"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := load(t, name)
			type view struct {
				name, section string
				offset, size  uint64
				binding       bpfobj.Binding
				hidden        bool
				linkage       btfgraph.Linkage
				program       bool
			}
			var got []view
			for _, f := range o.Functions {
				got = append(got, view{f.Name, f.SectionName, f.Offset, f.SizeBytes, f.Binding, f.Hidden, f.Linkage(o.Types), f.Program != nil})
				assert.Equal(t, f.Name, o.Types.Name(f.Type))
				assert.Equal(t, f.Name, o.Symbols[f.Symbol].Name)
				assert.Len(t, f.Insns, int(f.SizeBytes/8))
			}
			static, global := btfgraph.LinkageStatic, btfgraph.LinkageGlobal
			assert.Equal(t, []view{
				{"global_sub", ".text", 0, 24, bpfobj.BindGlobal, false, global, false},
				{"static_sub", ".text", 24, 32, bpfobj.BindLocal, false, static, false},
				{"hidden_sub", ".text", 56, 40, bpfobj.BindGlobal, true, global, false},
				{"unused_sub", ".text", 96, 16, bpfobj.BindWeak, false, global, false},
				{"callback", ".text", 112, 40, bpfobj.BindLocal, false, static, false},
				{"leaf", "socket", 0, 16, bpfobj.BindGlobal, false, global, true},
				{"calls", "socket", 16, 128, bpfobj.BindGlobal, false, global, true},
				{"optional", "?tc", 0, 24, bpfobj.BindGlobal, false, global, true},
			}, got)
			assert.Len(t, o.Programs, 3)
			assert.True(t, o.Program("optional").Optional)
			assert.False(t, o.Program("calls").Optional)
			assert.Nil(t, o.Program("calls").Explicit)
			assert.Nil(t, o.Program("static_sub"), "a subprogram")
			assert.Equal(t, "GPL", o.License)
			assert.True(t, o.HasLicense)
		})
	}
}

func TestReadCalls(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"subprogs.o", "subprogs_bpfeb.o"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := load(t, name)
			assert.Equal(t, []refView{
				{1, bpfobj.RefCall, "hidden_sub", 56},
				{4, bpfobj.RefCall, "static_sub", 24}, // relocated against .text, the slot in imm
				{10, bpfobj.RefFuncAddr, "callback", 112},
			}, refs(function(t, o, "calls")))
			f := function(t, o, "global_sub")
			assert.Equal(t, []refView{{0, bpfobj.RefCall, "static_sub", 24}}, refs(f))
			assert.Equal(t, -1, f.Refs[0].Symbol, "clang resolves it within the section")
			var names []string
			for _, g := range function(t, o, "calls").Reachable() {
				names = append(names, g.Name)
			}
			assert.Equal(t, []string{"calls", "hidden_sub", "static_sub", "callback", "global_sub"}, names)
		})
	}
}

// TestByteOrder compares the objects that are built in both byte orders.
func TestByteOrder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"core", "externs", "maps", "subprogs"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			le, be := load(t, name+".o"), load(t, name+"_bpfeb.o")
			assert.Equal(t, binary.LittleEndian, le.ByteOrder)
			assert.Equal(t, binary.BigEndian, be.ByteOrder)
			require.Len(t, be.Functions, len(le.Functions))
			for i, f := range le.Functions {
				g := be.Functions[i]
				assert.Equal(t, f.Name, g.Name)
				assert.Equal(t, refs(f), refs(g))
				require.Len(t, g.Insns, len(f.Insns))
				for k := range f.Insns {
					assert.Equal(t, f.Insns[k].Op, g.Insns[k].Op)
					assert.Equal(t, f.Insns[k].Dst, g.Insns[k].Dst)
					assert.Equal(t, f.Insns[k].Src, g.Insns[k].Src)
					assert.Equal(t, le.Locate(f, k).Source, be.Locate(g, k).Source)
				}
			}
			assert.Equal(t, le.Datasecs(), be.Datasecs())
			assert.Equal(t, le.FuncRecords(), be.FuncRecords())
			require.Len(t, be.CORE, len(le.CORE))
			for i := range le.CORE {
				a, b := le.CORE[i], be.CORE[i]
				a.Func, b.Func = nil, nil
				assert.Equal(t, a, b)
			}
		})
	}
}

func TestReadFileNamesThePath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(objects, "core.c")
	_, err := bpfobj.ReadFile(path)
	require.ErrorIs(t, err, bpfobj.ErrNotELF)
	assert.Contains(t, err.Error(), path)
}

// TestReadLoops: BTF that consists of itself is malformed, in one sentence.
func TestReadLoops(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	b.Int("int", 4, btfgraph.IntSigned)
	b.Typedef("t", 3)
	b.Const(2)
	m := minimal()
	m.sections = append(m.sections, imageSection{name: ".BTF", typ: elf.SHT_PROGBITS, data: b.Bytes(binary.LittleEndian)})
	o, err := bpfobj.Read("x.o", m.bytes())
	require.NoError(t, err)
	assert.Nil(t, o.Types)
	assert.EqualError(t, o.TypesErr, `section ".BTF": type 2: TYPEDEF leads back to itself`)
}
