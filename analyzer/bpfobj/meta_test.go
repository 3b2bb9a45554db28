package bpfobj

import (
	"fmt"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// TestParseCORE reads what cilium/ebpf prints for the object's records.
func TestParseCORE(t *testing.T) {
	t.Parallel()
	spec, err := ebpf.LoadCollectionSpec("../../testdata/objects/core.o")
	require.NoError(t, err)
	g, err := btfgraph.FromSpec(spec.Types)
	require.NoError(t, err)
	var got []string
	for i := range spec.Programs["reads_fields"].Instructions {
		relo := btf.CORERelocationMetadata(&spec.Programs["reads_fields"].Instructions[i])
		if relo == nil {
			continue
		}
		rec, ok := parseCORE(relo.String(), g)
		assert.True(t, ok, relo)
		got = append(got, fmt.Sprint(g.Name(rec.Type), " ", rec.Access, " ", rec.Kind))
	}
	assert.Equal(t, []string{"task_struct 0:0 2", "cred 0 9", "task_struct 0:2:2 0", "colour 1 11", "task_struct 0:0 0"}, got)
}

func TestParseCORERefuses(t *testing.T) {
	t.Parallel()
	spec, err := ebpf.LoadCollectionSpec("../../testdata/objects/core.o")
	require.NoError(t, err)
	g, err := btfgraph.FromSpec(spec.Types)
	require.NoError(t, err)
	id := btfgraph.First(g, btfgraph.KindStruct, "cred")
	whole := fmt.Sprintf("CORERelocation(byte_off, Struct:\"cred\"[0:1], local_id=%d)", id)
	_, ok := parseCORE(whole, g)
	require.True(t, ok)
	for name, s := range map[string]string{
		"nothing":        "",
		"other prefix":   "COREFixup" + whole,
		"no end":         whole[:len(whole)-1],
		"unknown kind":   "CORERelocation(unknown (13), Struct:\"cred\"[0:1], local_id=3)",
		"no access":      "CORERelocation(byte_off, Struct:\"cred\", local_id=3)",
		"odd access":     fmt.Sprintf("CORERelocation(byte_off, Struct:\"cred\"[0:x], local_id=%d)", id),
		"no id":          "CORERelocation(byte_off, Struct:\"cred\"[0:1], local_id=x)",
		"negative id":    "CORERelocation(byte_off, Struct:\"cred\"[0:1], local_id=-1)",
		"other name":     fmt.Sprintf("CORERelocation(byte_off, Struct:\"other\"[0:1], local_id=%d)", id),
		"unquoted name":  fmt.Sprintf("CORERelocation(byte_off, Struct:cred[0:1], local_id=%d)", id),
		"anonymous type": fmt.Sprintf("CORERelocation(byte_off, Struct[0:1], local_id=%d)", id),
	} {
		_, ok := parseCORE(s, g)
		assert.False(t, ok, name)
	}
	_, ok = parseCORE(whole, nil)
	assert.False(t, ok, "no types")
}

// TestMetaOfOthers: metadata that is not of cilium/ebpf's ELF reader.
func TestMetaOfOthers(t *testing.T) {
	t.Parallel()
	type kfuncMetaKey struct{}
	ins := asm.Mov.Imm(asm.R0, 0).WithSymbol("x")
	ins.Metadata.Set(kfuncMetaKey{}, &struct{ Binding int }{2})
	_, known := weakExtern(&ins)
	assert.False(t, known)
	_, known = kconfigOffset(&ins)
	assert.False(t, known)
}
