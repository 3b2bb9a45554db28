package bpfobj_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

func TestReadStructOps(t *testing.T) {
	t.Parallel()
	o := load(t, "struct_ops.o")
	type view struct {
		name, section  string
		optional, link bool
		offset         uint64
		nonZero        []string
		programs       map[string]string
	}
	var got []view
	for _, m := range o.StructOps {
		v := view{m.Name, m.SectionName, m.Optional, m.Link, m.Offset, nil, map[string]string{}}
		assert.Equal(t, "toy_ops", m.TypeName)
		assert.Equal(t, uint64(48), m.SizeBytes)
		assert.Len(t, m.Data, 48)
		require.Len(t, m.Members, 7)
		for i, f := range m.Members {
			assert.Equal(t, i, f.Index)
			assert.Equal(t, f.Name == "init" || f.Name == "exit", f.FuncPtr)
			if f.NonZero {
				v.nonZero = append(v.nonZero, f.Name)
			}
			if f.Program != nil {
				v.programs[f.Name] = f.Program.Name
			}
		}
		got = append(got, v)
	}
	assert.Equal(t, []view{
		{"plain", ".struct_ops", false, false, 0, []string{"flags", "name"}, map[string]string{"init": "init"}},
		{
			"first", ".struct_ops.link", false, true, 0, []string{"width"},
			map[string]string{"init": "init", "exit": "exit_first"},
		},
		// libbpf refuses it: inner is no function pointer.
		{"second", ".struct_ops.link", false, true, 48, nil, map[string]string{"inner": "init"}},
		{"optional", "?.struct_ops", true, false, 0, nil, map[string]string{"exit": "exit_optional"}},
		{"optional_link", "?.struct_ops.link", true, true, 0, []string{"data"}, map[string]string{"exit": "exit_optional"}},
	}, got)
	assert.Equal(t, bpfobj.StructOpsMember{
		Index: 3, Name: "width", Type: o.StructOps[1].Members[2].Type, BitOffset: 160, BitfieldSize: 3,
		SizeBytes: 4, NonZero: true,
	}, o.StructOps[1].Members[3])
	assert.Empty(t, o.StrayStructOpsRelocs())
}
