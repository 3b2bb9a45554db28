package plan

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// global is a DATASEC with one variable of a type.
func global(section, name string, typ btf.Type) btf.Type {
	v := &btf.Var{Name: name, Type: typ, Linkage: btf.GlobalVar}
	return &btf.Datasec{Name: section, Size: 8, Vars: []btf.VarSecinfo{{Type: v, Size: 8}}}
}

// graphOf is BTF that holds types, from id 1 on.
func graphOf(t *testing.T, types ...btf.Type) btfgraph.Graph {
	t.Helper()
	b, err := btf.NewBuilder(types, nil)
	require.NoError(t, err)
	raw, err := b.Marshal(nil, nil)
	require.NoError(t, err)
	g, err := btfgraph.Open(raw, nil)
	require.NoError(t, err)
	return g
}

func TestPlainBTF(t *testing.T) {
	t.Parallel()
	integer := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	lock := &btf.Struct{Name: "bpf_spin_lock", Size: 4, Members: []btf.Member{{Name: "val", Type: integer}}}
	opaque := &btf.Fwd{Name: "opaque"}
	function := func(name string, params ...btf.FuncParam) btf.Type {
		return &btf.Func{Name: name, Linkage: btf.GlobalFunc, Type: &btf.FuncProto{Return: integer, Params: params}}
	}
	structure := func(members ...btf.Member) btf.Type {
		return &btf.Struct{Name: "s", Size: 8, Members: members}
	}
	tests := []struct {
		name  string
		typ   btf.Type
		plain bool
	}{
		{"variable", global(".data", "x", integer), true},
		{"function", function("f", btf.FuncParam{Name: "ctx", Type: &btf.Pointer{Target: (*btf.Void)(nil)}}), true},
		{"variadic function", function("f", btf.FuncParam{Name: "fmt", Type: integer}, btf.FuncParam{Type: (*btf.Void)(nil)}), true},
		{"parameter without a name", function("f", btf.FuncParam{Type: integer}), false},
		{"parameter with a dollar", function("f", btf.FuncParam{Name: "a$", Type: integer}), false},
		{"parameter without a size", function("f", btf.FuncParam{Name: "a", Type: opaque}), false},
		{"function with a dollar", function("f$1"), false},
		{"function with a dot", function("f.1"), false},
		{"struct", structure(btf.Member{Name: "a", Type: integer}, btf.Member{Name: "b", Type: integer, Offset: 32}), true},
		{"bit field", structure(btf.Member{Name: "a", Type: integer, Offset: 3, BitfieldSize: 5}), true},
		{"wide bit field", structure(btf.Member{Name: "a", Type: integer, BitfieldSize: 33}), false},
		{"member beyond the struct", structure(btf.Member{Name: "a", Type: integer, Offset: 40}), false},
		{"member with a dollar", structure(btf.Member{Name: "a$", Type: integer}), false},
		{"members out of order", structure(btf.Member{Name: "a", Type: integer, Offset: 32}, btf.Member{Name: "b", Type: integer}), false},
		{"two locks", structure(btf.Member{Name: "a", Type: lock}, btf.Member{Name: "b", Type: lock, Offset: 32}), false},
		{"variable of no bytes", global(".data", "x", &btf.Array{Type: integer, Index: integer}), false},
		{"variable of an empty struct", global(".data", "x", &btf.Struct{Name: "empty"}), false},
		{"variable of a struct of an empty struct", global(".data", "x", &btf.Struct{
			Name: "outer", Members: []btf.Member{{Name: "a", Type: &btf.Struct{Name: "empty"}}},
		}), false},
		{"variable with a dollar", global(".data", "x$", integer), false},
		{"section with a dash", global(".data.read-mostly", "x", integer), false},
		{"section of several dots", global(".data.read.mostly", "x", integer), true},
		{"section without variables", &btf.Datasec{Name: ".rodata", Size: 8}, false},
		{"long name", global(".data", strings.Repeat("x", 600), integer), false},
		{"floating point", structure(btf.Member{Name: "a", Type: &btf.Float{Name: "double", Size: 8}}), true},
		{"misaligned floating point", structure(btf.Member{Name: "a", Type: &btf.Float{Name: "float", Size: 4}, Offset: 16}), false},
		{"floating point of no size", structure(btf.Member{Name: "a", Type: &btf.Float{Name: "none"}}), false},
		{"wide floating point", global(".data", "x", &btf.Float{Name: "long double", Size: 16}), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.plain, plainBTF(graphOf(t, tt.typ), false))
		})
	}
}
