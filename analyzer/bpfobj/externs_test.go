package bpfobj_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

type externView struct {
	name     string
	kind     bpfobj.ExternKind
	weak     bool
	datasec  string
	typeless bool
	refs     int
}

func externs(o *bpfobj.Object) map[string]externView {
	m := map[string]externView{}
	for _, e := range o.Externs {
		m[e.Name] = externView{e.Name, e.Kind, e.Weak, e.Datasec, e.Typeless(), len(e.Refs)}
	}
	return m
}

// wantExterns are those of testdata/objects/externs.c.
var wantExterns = map[string]externView{
	"strong_kfunc":  {"strong_kfunc", bpfobj.ExternFunc, false, ".ksyms", false, 1},
	"weak_kfunc":    {"weak_kfunc", bpfobj.ExternFunc, true, ".ksyms", false, 2},
	"typed_ksym":    {"typed_ksym", bpfobj.ExternVar, false, ".ksyms", false, 1},
	"weak_ksym":     {"weak_ksym", bpfobj.ExternVar, true, ".ksyms", false, 1},
	"typeless_ksym": {"typeless_ksym", bpfobj.ExternVar, false, ".ksyms", true, 1},
	"CONFIG_HZ":     {"CONFIG_HZ", bpfobj.ExternKconfig, false, ".kconfig", false, 1},
	"CONFIG_NAME":   {"CONFIG_NAME", bpfobj.ExternKconfig, false, ".kconfig", false, 1},
	"CONFIG_WEAK":   {"CONFIG_WEAK", bpfobj.ExternKconfig, true, ".kconfig", false, 1},
}

func TestReadExterns(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"externs.o", "externs_bpfeb.o"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := load(t, name)
			assert.Equal(t, wantExterns, externs(o))
			for _, e := range o.Externs {
				assert.Equal(t, e.Name, o.Symbols[e.Symbol].Name)
				assert.Equal(t, e.Name, o.Types.Name(e.ID))
				assert.Equal(t, btfgraph.LinkageExtern, e.Linkage)
				assert.False(t, e.WeakUnknown)
			}
			weak := o.Externs[1]
			require.Equal(t, "weak_kfunc", weak.Name)
			assert.Equal(t, btfgraph.KindFuncProto, o.Types.Kind(weak.Type))
			f := function(t, o, "calls")
			assert.Equal(t, []bpfobj.ExternRef{{Func: f, Insn: 4}, {Func: f, Insn: 8, Call: true}}, weak.Refs)
		})
	}
}

func TestReadUndefined(t *testing.T) {
	t.Parallel()
	o := load(t, "undefined.o")
	assert.Equal(t, map[string]externView{
		"forward_declared": {"forward_declared", bpfobj.ExternUnknown, false, "", false, 1},
		"elsewhere":        {"elsewhere", bpfobj.ExternUnknown, false, ".data", false, 1},
	}, externs(o))
}

func TestKconfigMap(t *testing.T) {
	t.Parallel()
	o := load(t, "externs.o")
	require.Len(t, o.Maps, 1)
	m := o.Maps[0]
	assert.Equal(t, ".kconfig", m.Name)
	assert.Equal(t, bpfobj.MapKconfig, m.Kind)
	assert.NoError(t, m.DefErr)
	assert.Equal(t, uint32(21), m.Def.ValueSize, "int, then bool and char[16] of alignment 1")
	assert.Equal(t, uint32(1<<7|1<<10), m.Def.Flags, "BPF_F_RDONLY_PROG, BPF_F_MMAPABLE")
	assert.Equal(t, []*bpfobj.Function{function(t, o, "reads")}, m.Refs)
}

func TestDatasecs(t *testing.T) {
	t.Parallel()
	o := load(t, "maps.o")
	byName := map[string]bpfobj.Datasec{}
	for _, ds := range o.Datasecs() {
		byName[ds.Name] = ds
		require.NotZero(t, ds.Section)
		assert.Equal(t, ds.Name, o.Sections[ds.Section].Name)
	}
	data := byName[".data"]
	require.Len(t, data.Vars, 2)
	assert.Zero(t, data.SizeBytes, "clang leaves it to the loader")
	assert.Equal(t, "in_data", o.Symbols[data.Vars[0].Symbol].Name)
	assert.Equal(t, "in_static_data", data.Vars[1].Name)
	assert.Zero(t, data.Vars[1].Symbol, "no loader looks for a static variable's symbol")
	maps := byName[".maps"]
	var offsets []uint64
	for _, v := range maps.Vars {
		offsets = append(offsets, v.Offset)
		assert.Zero(t, v.StoredOffset)
	}
	assert.Equal(t, []uint64{0, 32, 64, 96, 152}, offsets)
}
