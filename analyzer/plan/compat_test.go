package plan_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/plan"
)

func TestEssentialName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, libbpf, cilium string }{
		{"plain", "task_struct", "task_struct", "task_struct"},
		{"flavor", "task_struct___old", "task_struct", "task_struct"},
		{"two flavors", "a___b___c", "a___b", "a___b"},
		{"nothing before", "___x", "___x", "___x"},
		{"nothing after", "x___", "x___", "x"},
		{"four underscores", "a____b", "a____b", "a_"}, // exactly three for libbpf: bpf_core_is_flavor_sep
		{"six underscores", "a______b", "a______b", "a___"},
		{"empty", "", "", ""},
		{"short", "a___b", "a", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.libbpf, plan.Libbpf.EssentialName(tt.in))
			assert.Equal(t, tt.cilium, plan.Cilium.EssentialName(tt.in))
		})
	}
}

// compatTypes are the types of the table below by name.
func compatTypes(b *btftest.Builder) map[string]btftest.ID {
	m := map[string]btftest.ID{"void": 0}
	m["int"] = b.Int("int", 4, btfgraph.IntSigned)
	m["long"] = b.Int("long", 8, btfgraph.IntSigned)
	m["float"] = b.Float("float", 4)
	m["struct a"] = b.Struct("a", 4, btftest.Member{Name: "x", Type: m["int"]})
	m["struct b"] = b.Struct("b", 8)
	m["union a"] = b.Union("a", 4)
	m["fwd a"] = b.Fwd("a", false)
	m["enum"] = b.Enum("e", btftest.Value{Name: "E", Value: 1})
	m["enum64"] = b.Enum64("e64", btftest.Value{Name: "E64", Value: 1})
	m["const int"] = b.Const(m["int"])
	m["u32"] = b.Typedef("u32", m["const int"])
	m["struct a *"] = b.Ptr(m["struct a"])
	m["const struct b *"] = b.Ptr(b.Const(m["struct b"]))
	m["fwd a *"] = b.Ptr(m["fwd a"])
	m["void *"] = b.Ptr(0)
	m["int[4]"] = b.Array(m["int"], m["int"], 4)
	m["long[8]"] = b.Array(m["long"], m["long"], 8)
	m["int[4] by enum"] = b.Array(m["int"], m["enum"], 4)
	arg := func(ids ...btftest.ID) []btftest.Param {
		var params []btftest.Param
		for _, id := range ids {
			params = append(params, btftest.Param{Type: id})
		}
		return params
	}
	m["f(a *)"] = b.FuncProto(m["int"], arg(m["struct a *"])...)
	m["f(b *)"] = b.FuncProto(m["long"], arg(m["const struct b *"])...)
	m["f(fwd *)"] = b.FuncProto(m["int"], arg(m["fwd a *"])...)
	m["f(int, a *)"] = b.FuncProto(m["int"], arg(m["int"], m["struct a *"])...)
	m["f(int, void *)"] = b.FuncProto(m["int"], arg(m["u32"], m["void *"])...)
	m["void f(a *)"] = b.FuncProto(0, arg(m["struct a *"])...)
	m["f(f(a *) *)"] = b.FuncProto(m["int"], arg(b.Ptr(m["f(a *)"]))...)
	m["f(f(fwd *) *)"] = b.FuncProto(m["int"], arg(b.Ptr(m["f(fwd *)"]))...)
	m["f(float)"] = b.FuncProto(m["int"], arg(m["float"])...)
	deep := m["int"]
	for range 31 {
		deep = b.Ptr(deep)
	}
	m["31 pointers"] = deep
	m["32 pointers"] = b.Ptr(deep)
	names := m["int"]
	for range 32 {
		names = b.Typedef("n", names)
	}
	m["32 typedefs"] = names
	m["33 typedefs"] = b.Typedef("n", names)
	next := b.Ptr(names + 3) // to the typedef that comes next but one
	m["cycle"] = b.Typedef("cycle", next)
	return m
}

func TestTypesCompatible(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	types := compatTypes(b)
	g := b.Graph(t)
	tests := []struct{ name, local, target, libbpf, cilium string }{
		{"equal", "f(a *)", "f(a *)", "", ""},
		{"size of integers", "int", "long", "", ""},
		{"names and qualifiers", "f(a *)", "f(b *)", "", ""},
		{"enum sizes", "enum", "enum64", "", ""},
		{"array lengths", "int[4]", "long[8]", "", ""},
		{"array indexes", "int[4]", "int[4] by enum", "", `"int[4]" (INT), not "int[4]" (INT)`},
		{"integer and enum", "int", "enum", `"enum e", not "int"`, `"enum e", not "int"`},
		{"struct and union", "struct a", "union a", `"union a", not "struct a"`, `"union a", not "struct a"`},
		{"forward declaration", "f(fwd *)", "f(a *)",
			`argument 1 is "struct a *" (STRUCT), not "struct a *" (FWD)`,
			`argument 1 is "struct a *" (STRUCT), not "struct a *" (FWD)`},
		{"second argument", "f(int, a *)", "f(int, void *)",
			`argument 2 is "void *", not "struct a *"`,
			`argument 2 is "void *", not "struct a *"`},
		{"return type", "void f(a *)", "f(a *)",
			`return type is "int", not "void"`,
			`return type is "int", not "void"`},
		{"argument count", "f(a *)", "f(int, a *)", "2 arguments, not 1", "2 arguments, not 1"},
		// The two loaders look at arguments and return type in another order.
		{"both", "void f(a *)", "f(fwd *)",
			`argument 1 is "struct a *" (FWD), not "struct a *" (STRUCT)`,
			`return type is "int", not "void"`},
		{"callback", "f(f(a *) *)", "f(f(fwd *) *)",
			`argument 1 is "int (*)(struct a *)" (FUNC_PROTO), not "int (*)(struct a *)" (FUNC_PROTO)`,
			`argument 1 is "int (*)(struct a *)" (FUNC_PROTO), not "int (*)(struct a *)" (FUNC_PROTO)`},
		{"float", "f(float)", "f(float)",
			`argument 1 is "float" (FLOAT), not "float" (FLOAT)`,
			`argument 1 is "float" (FLOAT), not "float" (FLOAT)`},
		{"pointers of 31 levels", "31 pointers", "31 pointers", "", ""},
		{"typedefs of 32 levels", "32 typedefs", "int", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			local, target := types[tt.local], types[tt.target]
			assert.Equal(t, tt.libbpf, plan.Libbpf.TypesCompatible(g, local, g, target))
			assert.Equal(t, tt.cilium, plan.Cilium.TypesCompatible(g, local, g, target))
		})
	}
	t.Run("bounds", func(t *testing.T) {
		t.Parallel()
		assert.NotEmpty(t, plan.Libbpf.TypesCompatible(g, types["32 pointers"], g, types["32 pointers"]))
		assert.Empty(t, plan.Cilium.TypesCompatible(g, types["32 pointers"], g, types["32 pointers"]))
		assert.NotEmpty(t, plan.Cilium.TypesCompatible(g, types["33 typedefs"], g, types["int"]))
		assert.NotEmpty(t, plan.Libbpf.TypesCompatible(g, types["cycle"], g, types["cycle"]))
		assert.Empty(t, plan.Cilium.TypesCompatible(g, types["cycle"], g, types["cycle"]))
	})
}

// TestTypesCompatibleHostile compares prototypes that take exponential time
// without a bound.
func TestTypesCompatibleHostile(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	self := btftest.ID(3) // the prototype below
	ptr := b.Ptr(self)
	b.Const(ptr)
	params := make([]btftest.Param, 64)
	for i := range params {
		params[i] = btftest.Param{Type: ptr}
	}
	require.Equal(t, self, b.FuncProto(0, params...))
	g := b.Graph(t)
	assert.NotEmpty(t, plan.Libbpf.TypesCompatible(g, self, g, self))
	assert.Empty(t, plan.Cilium.TypesCompatible(g, self, g, self))
}

// TestTypesCompatibleLikeCilium compares the model of cilium/ebpf with the
// original on all pairs of random types.
func TestTypesCompatibleLikeCilium(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	rng := rand.New(rand.NewPCG(1, 2))
	count := addRandomTypes(b, rng, 160)
	g := b.Graph(t)
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.Bytes(binary.LittleEndian)))
	require.NoError(t, err)
	fits, differs := 0, 0
	for l := range count {
		for r := range count {
			local, err := spec.TypeByID(btf.TypeID(l))
			require.NoError(t, err)
			target, err := spec.TypeByID(btf.TypeID(r))
			require.NoError(t, err)
			want := btf.CheckTypeCompatibility(local, target)
			got := plan.Cilium.TypesCompatible(g, btfgraph.ID(l), g, btfgraph.ID(r))
			if (want == nil) != (got == "") {
				assert.Fail(t, "disagreement", "%d %v, %d %v: %v, model says %q", l, local, r, target, errors.Unwrap(want), got)
			}
			if want == nil {
				fits++
			} else {
				differs++
			}
		}
	}
	assert.Positive(t, fits)
	assert.Positive(t, differs)
}

// addRandomTypes adds n types that refer to earlier ones, and returns the
// number of ids.
func addRandomTypes(b *btftest.Builder, rng *rand.Rand, n int) int {
	last := b.Int("int", 4, btfgraph.IntSigned)
	pick := func() btftest.ID { return btftest.ID(rng.IntN(int(last) + 1)) }
	for range n {
		switch rng.IntN(14) {
		case 0:
			last = b.Int("long", 8, 0)
		case 1, 2:
			last = b.Ptr(pick())
		case 3:
			last = b.Const(pick())
		case 4:
			last = b.Typedef("t", pick())
		case 5:
			last = b.TypeTag("tag", pick())
		case 6:
			last = b.Struct("s", 4)
		case 7:
			last = b.Union("u", 4)
		case 8:
			last = b.Fwd("s", rng.IntN(2) == 0)
		case 9:
			last = b.Enum("e", btftest.Value{Name: "E", Value: 1})
		case 10:
			last = b.Enum64("e", btftest.Value{Name: "E", Value: 1})
		case 11:
			last = b.Array(pick(), pick(), 3)
		case 12:
			last = b.Float("double", 8)
		case 13:
			params := make([]btftest.Param, rng.IntN(3))
			for i := range params {
				params[i] = btftest.Param{Name: "p", Type: pick()}
			}
			last = b.FuncProto(pick(), params...)
		}
	}
	return int(last) + 1
}
