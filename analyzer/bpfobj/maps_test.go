package bpfobj_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

func mapNames(o *bpfobj.Object) []string {
	var names []string
	for _, m := range o.Maps {
		names = append(names, m.Name)
	}
	return names
}

func TestReadMaps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"maps.o", "maps_bpfeb.o"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := load(t, name)
			require.Equal(t, []string{
				"inner", "outer", "jumps", "hash", "bloom",
				".data", ".rodata", ".data.hidden", "custom", ".addr_space.1", ".bss",
			}, mapNames(o))
			defs := map[string]bpfobj.MapDef{}
			for _, m := range o.Maps {
				assert.NoError(t, m.DefErr)
				d := m.Def
				d.KeyType, d.ValueType = 0, 0
				defs[m.Name] = d
			}
			inner := bpfobj.MapDef{Type: 2, KeySize: 4, ValueSize: 4, MaxEntries: 1}
			require.NotNil(t, defs["outer"].Inner)
			assert.Equal(t, o.Maps[0].Def, *defs["outer"].Inner)
			outer := defs["outer"]
			outer.Inner = nil
			assert.Equal(t, inner, defs["inner"])
			assert.Equal(t, bpfobj.MapDef{Type: 13, KeySize: 4, ValueSize: 4, MaxEntries: 2}, outer)
			assert.Equal(t, bpfobj.MapDef{Type: 3, KeySize: 4, ValueSize: 4, MaxEntries: 1}, defs["jumps"])
			assert.Equal(t, bpfobj.MapDef{
				Type: 1, KeySize: 4, ValueSize: 16, MaxEntries: 100, Flags: 1, NumaNode: 2, Pinning: 1,
			}, defs["hash"])
			assert.Equal(t, bpfobj.MapDef{Type: 30, ValueSize: 4, MaxEntries: 8, Extra: 5}, defs["bloom"])
			assert.Equal(t, "value", o.Types.Name(o.Maps[3].Def.ValueType))
		})
	}
}

func TestReadDataMaps(t *testing.T) {
	t.Parallel()
	o := load(t, "maps.o")
	byName := map[string]*bpfobj.Map{}
	for _, m := range o.Maps {
		byName[m.Name] = m
	}
	const readOnly, mmapable = 1 << 7, 1 << 10
	tests := []struct {
		name        string
		kind        bpfobj.MapKind
		size, flags uint32
		data        int
	}{
		{".data", bpfobj.MapData, 8, mmapable, 8},
		{".data.hidden", bpfobj.MapData, 4, 0, 4}, // a hidden variable is not exposed
		{".rodata", bpfobj.MapRodata, 22, readOnly | mmapable, 22},
		{".bss", bpfobj.MapBss, 32, mmapable, 0},
		{"custom", bpfobj.MapOther, 0, 0, 4},
		{".addr_space.1", bpfobj.MapArena, 0, 0, 4}, // part of the arena, no map of its own
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := byName[tt.name]
			require.NotNil(t, m)
			assert.Equal(t, tt.kind, m.Kind)
			assert.Equal(t, tt.size, m.Def.ValueSize)
			assert.Equal(t, tt.flags, m.Def.Flags)
			assert.Len(t, m.Data, tt.data)
			assert.Equal(t, tt.name, o.Types.Name(m.Var), "the DATASEC")
		})
	}
	assert.Equal(t, []refView{
		{1, bpfobj.RefData, ".rodata", 0},
		{7, bpfobj.RefMap, "hash", 0},
		{11, bpfobj.RefData, ".data.hidden", 0},
		{14, bpfobj.RefData, ".data", 4}, // static: the section's symbol and an addend
		{19, bpfobj.RefData, ".data", 0},
		{24, bpfobj.RefData, ".bss", 0},
		{29, bpfobj.RefData, ".rodata", 4},
		{34, bpfobj.RefMap, "jumps", 0},
		{44, bpfobj.RefMap, "outer", 0},
	}, refs(function(t, o, "uses")))
	assert.Equal(t, []*bpfobj.Function{function(t, o, "uses")}, byName[".data"].Refs)
	assert.Empty(t, byName["inner"].Refs)
}

func TestReadMalformedMaps(t *testing.T) {
	t.Parallel()
	o := load(t, "malformed_maps.o")
	want := map[string]string{
		"no_type":        "map type isn't specified",
		"unknown_field":  "unknown field 'colour'",
		"two_key_sizes":  "conflicting key size 8 != 4",
		"not_a_pointer":  "attr 'max_entries': expected PTR, got INT",
		"odd_pinning":    "invalid pinning value 2",
		"values_of_hash": "should be map-in-map or prog-array",
		"sizeless_value": "can't determine value size for type",
		"no_struct":      "unexpected def kind INT",
	}
	require.Len(t, o.Maps, len(want))
	for _, m := range o.Maps {
		if assert.Error(t, m.DefErr, m.Name) {
			assert.Contains(t, m.DefErr.Error(), want[m.Name])
		}
	}
}

func TestReadLegacyMaps(t *testing.T) {
	t.Parallel()
	o := load(t, "legacy.o")
	require.Equal(t, []string{"counts", "flags", "too_short"}, mapNames(o))
	for _, m := range o.Maps {
		assert.Equal(t, bpfobj.MapLegacy, m.Kind)
	}
	assert.Equal(t, bpfobj.MapDef{Type: 2, KeySize: 4, ValueSize: 8, MaxEntries: 16}, o.Maps[0].Def)
	assert.Equal(t, bpfobj.MapDef{Type: 1, KeySize: 4, ValueSize: 4, MaxEntries: 2, Flags: 1}, o.Maps[1].Def)
	assert.Error(t, o.Maps[2].DefErr)
	assert.Equal(t, []refView{
		{4, bpfobj.RefMap, "counts", 0}, {10, bpfobj.RefMap, "flags", 0},
	}, refs(function(t, o, "reads_legacy")))
}
