package plan_test

import (
	"testing"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hookOps adds struct hook_ops with the callbacks run and stop.
func hookOps(b *btftest.Builder) btftest.ID {
	i := b.Int("int", 4, btfgraph.IntSigned)
	callback := b.Ptr(b.FuncProto(i))
	return b.Struct("hook_ops", 16,
		btftest.Member{Name: "run", Type: callback}, btftest.Member{Name: "stop", Type: callback, BitOffset: 64})
}

// common adds struct bpf_struct_ops_common_value.
func common(b *btftest.Builder) btftest.ID {
	i := b.Int("int", 4, btfgraph.IntSigned)
	return b.Struct("bpf_struct_ops_common_value", 8,
		btftest.Member{Name: "refcnt", Type: i}, btftest.Member{Name: "state", Type: i, BitOffset: 32})
}

// value adds struct bpf_struct_ops_hook_ops with those members.
func value(b *btftest.Builder, members ...btftest.Member) {
	b.Struct("bpf_struct_ops_hook_ops", 128, members...)
}

// structOpsTypes are kernels with all sorts of value types for struct hook_ops.
var structOpsTypes = []struct {
	name           string
	kernel         func(b *btftest.Builder)
	module         func(b *btftest.Builder) // nil: the kernel has no modules
	libbpf, cilium plan.StructOpsStatus
	offset         uint64 // of the data, in bytes
	moduleUnknown  bool
}{
	{
		name: "value type since 6.9",
		kernel: func(b *btftest.Builder) {
			value(b, btftest.Member{Name: "common", Type: common(b)}, btftest.Member{Name: "data", Type: hookOps(b), BitOffset: 512})
		},
		libbpf: plan.StructOpsBound, cilium: plan.StructOpsBound, offset: 64,
	},
	{
		name: "value type before 6.9",
		kernel: func(b *btftest.Builder) {
			i := b.Int("int", 4, 0)
			value(b, btftest.Member{Name: "refcnt", Type: i}, btftest.Member{Name: "state", Type: i, BitOffset: 32},
				btftest.Member{Name: "data", Type: hookOps(b), BitOffset: 512})
		},
		libbpf: plan.StructOpsBound, cilium: plan.StructOpsBound, offset: 64,
	},
	{
		name: "member that is not named data",
		kernel: func(b *btftest.Builder) {
			value(b, btftest.Member{Name: "common", Type: common(b)}, btftest.Member{Name: "ops", Type: hookOps(b), BitOffset: 64})
		},
		libbpf: plan.StructOpsBound, cilium: plan.StructOpsBound, offset: 8,
	},
	{
		name: "data member behind a typedef", // libbpf compares type ids
		kernel: func(b *btftest.Builder) {
			value(b, btftest.Member{Name: "common", Type: common(b)},
				btftest.Member{Name: "data", Type: b.Typedef("hooks", hookOps(b)), BitOffset: 512})
		},
		libbpf: plan.StructOpsNoData, cilium: plan.StructOpsBound,
	},
	{
		name: "no data member",
		kernel: func(b *btftest.Builder) {
			hookOps(b)
			value(b, btftest.Member{Name: "common", Type: common(b)})
		},
		libbpf: plan.StructOpsNoData, cilium: plan.StructOpsNoData,
	},
	{
		name: "members in the wrong order",
		kernel: func(b *btftest.Builder) {
			value(b, btftest.Member{Name: "data", Type: hookOps(b)}, btftest.Member{Name: "common", Type: common(b), BitOffset: 128})
		},
		libbpf: plan.StructOpsUnregistered, cilium: plan.StructOpsUnregistered,
	},
	{
		name: "third member",
		kernel: func(b *btftest.Builder) {
			value(b, btftest.Member{Name: "common", Type: common(b)}, btftest.Member{Name: "data", Type: hookOps(b), BitOffset: 512},
				btftest.Member{Name: "more", Type: b.Int("int", 4, 0), BitOffset: 768})
		},
		libbpf: plan.StructOpsUnregistered, cilium: plan.StructOpsUnregistered,
	},
	{
		name:   "no value type",
		kernel: func(b *btftest.Builder) { hookOps(b) },
		libbpf: plan.StructOpsValueMissing, cilium: plan.StructOpsValueMissing,
	},
	{
		name:   "no ops type",
		kernel: func(b *btftest.Builder) { value(b, btftest.Member{Name: "common", Type: common(b)}) },
		libbpf: plan.StructOpsTypeMissing, cilium: plan.StructOpsTypeMissing,
	},
	{
		name: "two ops types", // cilium/ebpf does not choose
		kernel: func(b *btftest.Builder) {
			value(b, btftest.Member{Name: "common", Type: common(b)}, btftest.Member{Name: "data", Type: hookOps(b), BitOffset: 512})
			hookOps(b)
		},
		libbpf: plan.StructOpsBound, cilium: plan.StructOpsAmbiguous, offset: 64,
	},
	{
		name:   "types of a module",
		kernel: func(b *btftest.Builder) { common(b) },
		module: func(b *btftest.Builder) {
			value(b, btftest.Member{Name: "common", Type: common(b)}, btftest.Member{Name: "data", Type: hookOps(b), BitOffset: 512})
		},
		libbpf: plan.StructOpsBound, cilium: plan.StructOpsBound, offset: 64,
	},
	{
		name:   "types of a module of an old kernel",
		kernel: func(b *btftest.Builder) { b.Int("int", 4, 0) },
		module: func(b *btftest.Builder) { value(b, btftest.Member{Name: "data", Type: hookOps(b)}) },
		libbpf: plan.StructOpsBound, cilium: plan.StructOpsBound, moduleUnknown: true,
	},
}

// TestStructOpsTypes binds the maps of struct hook_ops to kernels with all
// sorts of value types.
func TestStructOpsTypes(t *testing.T) {
	t.Parallel()
	for _, tt := range structOpsTypes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newImage(t, structOpsObject).object()
			require.Len(t, o.StructOps, 3)
			b := new(btftest.Builder)
			tt.kernel(b)
			k := &kernel.Kernel{Name: "toy", Types: b.Graph(t), Modules: map[string]btfgraph.Graph{}}
			if tt.module != nil {
				split := btftest.NewSplit(b)
				tt.module(split)
				k.Modules["toy_module"] = split.Graph(t)
			}
			for loader, want := range map[*plan.Loader]plan.StructOpsStatus{plan.Libbpf: tt.libbpf, plan.Cilium: tt.cilium} {
				got := plan.Make(o, k, loader, plan.Options{}).StructOps[0]
				assert.Equal(t, want, got.Status, loader.Name)
				assert.Equal(t, "hook_ops", got.TypeName)
				assert.Equal(t, want == plan.StructOpsBound, got.Members != nil)
				if want != plan.StructOpsBound {
					continue
				}
				assert.Equal(t, tt.moduleUnknown, got.ModuleUnknown, loader.Name)
				assert.Equal(t, tt.module != nil, got.Module == "toy_module")
				if loader == plan.Libbpf {
					assert.Equal(t, tt.offset, got.DataOffset)
				}
			}
		})
	}
}

// TestStructOpsUnknown makes plans that lack what decides.
func TestStructOpsUnknown(t *testing.T) {
	t.Parallel()
	o := newImage(t, structOpsObject).object()
	for name, k := range map[string]*kernel.Kernel{"no kernel": nil, "no types": {Name: "toy"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan.Make(o, k, plan.Libbpf, plan.Options{})
			for _, b := range p.StructOps {
				assert.Equal(t, plan.StructOpsUnchecked, b.Status)
				assert.True(t, b.Autocreate)
				assert.Nil(t, b.Members)
			}
			require.Len(t, p.StructOpsPrograms, 3)
			for _, sp := range p.StructOpsPrograms {
				assert.NotEmpty(t, sp.Slots)
			}
		})
	}
}

// TestScopeOfMember tells apart problems with a program, which concern that
// program, and with the rest of a map, which concern all its programs.
func TestScopeOfMember(t *testing.T) {
	t.Parallel()
	o := newImage(t, structOpsObject).object()
	p := plan.Make(o, nil, plan.Libbpf, plan.Options{})
	run := p.ScopeOfMember(plan.StructOpsSlot{Map: 0, Member: 0})
	assert.Equal(t, plan.Scope{Whole: true, Programs: []string{"run_a"}}, run)
	whole := p.ScopeOfMember(plan.StructOpsSlot{Map: 2, Member: 0})
	assert.Equal(t, plan.Scope{Whole: true, Programs: []string{"stop"}}, whole)
	assert.False(t, p.Hits(run, "run_b"))
	assert.True(t, p.Hits(run, "run_a"))
	assert.True(t, p.Hits(run, ""))
}

func TestLayoutDiffers(t *testing.T) {
	t.Parallel()
	b := new(btftest.Builder)
	u32 := b.Int("u32", 4, 0)
	u16 := b.Int("u16", 2, 0)
	pair := b.Struct("pair", 8, btftest.Member{Name: "a", Type: u32}, btftest.Member{Name: "b", Type: u32, BitOffset: 32})
	swapped := b.Struct("pair", 8, btftest.Member{Name: "b", Type: u32}, btftest.Member{Name: "a", Type: u32, BitOffset: 32})
	narrow := b.Struct("pair", 8, btftest.Member{Name: "a", Type: u16}, btftest.Member{Name: "b", Type: u32, BitOffset: 32})
	single := b.Struct("pair", 8, btftest.Member{Name: "a", Type: b.Array(u32, u32, 2)})
	union := b.Union("pair", 8, btftest.Member{Name: "a", Type: u32})
	tests := []struct {
		name          string
		local, kernel btftest.ID
		want          bool
	}{
		{"the same struct", pair, pair, false},
		{"typedef of it", b.Typedef("pair_t", pair), pair, false},
		{"members in another order", pair, swapped, true},
		{"member of another size", pair, narrow, true},
		{"fewer members", pair, single, true},
		{"union", pair, union, true},
		{"arrays of equal elements", b.Array(pair, u32, 2), b.Array(pair, u32, 2), false},
		{"arrays of other elements", b.Array(pair, u32, 2), b.Array(swapped, u32, 2), true},
		{"arrays of other lengths", b.Array(pair, u32, 2), b.Array(pair, u32, 3), true},
		{"scalars", u32, u16, false}, // their sizes are compared elsewhere
	}
	g := b.Graph(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, plan.LayoutDiffers(g, tt.local, g, tt.kernel))
		})
	}
}
