package plan

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/flow"
	"github.com/btflint/btflint/analyzer/kernel"
)

// TestOnce computes a value once for all who ask, and asks again after a panic:
// the zero value is no answer.
func TestOnce(t *testing.T) {
	t.Parallel()
	var value once[string]
	require.Panics(t, func() { value.get(func() string { panic("out of luck") }) })
	require.Panics(t, func() { value.get(func() string { panic("again") }) })
	count := 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			assert.Equal(t, "computed", value.get(func() string { count++; return "computed" }))
		})
	}
	all.Wait()
	assert.Equal(t, 1, count)
}

// TestPlannerPanics has a loader fail in the middle of an object: no later plan
// may go on with half of what the loader reads.
func TestPlannerPanics(t *testing.T) {
	t.Parallel()
	loader := *Libbpf
	loader.Open = func(*Plan) { panic("out of luck") }
	pl := NewPlanner(&bpfobj.Object{Name: "x.o"}, Options{})
	for range 2 {
		assert.Panics(t, func() { pl.Plan(nil, &loader) })
	}
	assert.NotPanics(t, func() { pl.Plan(nil, Libbpf) })
}

// TestPlannerFunctions has kernels that differ share what the loader makes of
// functions: a plan must not change that of another.
func TestPlannerFunctions(t *testing.T) {
	t.Parallel()
	obj, err := bpfobj.ReadFile("../../testdata/rules/callback_unsupported.o")
	require.NoError(t, err)
	pl := NewPlanner(obj, Options{})
	opened := pl.open(Libbpf).Functions
	require.NotEmpty(t, opened)
	for _, name := range []string{"ancient", "modern", "ancient"} {
		k, err := kernel.Open(kernel.Spec{Name: name, Types: "../../testdata/kernels/" + name + ".o", Modules: "none"})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, k.Close()) })
		p := pl.Plan(k, Libbpf)
		callbacks := 0
		for i := range p.Functions {
			for _, use := range p.Functions[i].Callbacks {
				callbacks++
				assert.Equal(t, name == "ancient", use.Unsupported, name)
			}
		}
		assert.Positive(t, callbacks)
	}
	for i := range opened {
		assert.Empty(t, opened[i].Problems)
		for _, use := range opened[i].Callbacks {
			assert.False(t, use.Unsupported)
		}
	}
}

// TestPlannerLinkage has loaders disagree on whether a function is static, where the
// verifier follows its constant argument: what one loader's plan finds out about it
// is not for the other.
func TestPlannerLinkage(t *testing.T) {
	t.Parallel()
	types := new(btftest.Builder)
	id := types.Func("memcpy", types.FuncProto(0), btfgraph.LinkageGlobal)
	const guarded = 1 // reached unless the argument is 0
	callee := &bpfobj.Function{Name: "memcpy", SectionName: ".text", Section: 2, Type: id, Insns: []bpfobj.Insn{
		{Op: 0x15, Dst: 1, Off: 1}, {Op: 0xb7, Imm: 1}, {Op: 0xb7}, {Op: 0x95},
	}}
	entry := &bpfobj.Function{Name: "entry", SectionName: "xdp", Section: 1, Insns: []bpfobj.Insn{
		{Op: 0xb7, Dst: 1}, {Op: 0x85, Src: 1}, {Op: 0x95},
	}}
	entry.Refs = []bpfobj.Ref{{Insn: 1, Kind: bpfobj.RefCall, Func: callee}}
	entry.Program = &bpfobj.Program{Function: entry}
	obj := &bpfobj.Object{
		Name: "x.o", Types: types.Graph(t), Functions: []*bpfobj.Function{entry, callee}, Programs: []*bpfobj.Program{entry.Program},
	}
	for _, loaders := range [][]*Loader{{Cilium, Aya}, {Aya, Cilium}} {
		pl := NewPlanner(obj, Options{})
		for _, l := range loaders {
			got := pl.Plan(nil, l).reach(0, flow.Site{Func: callee, Insn: guarded})
			assert.Equal(t, l == Aya, got.Reach == flow.Dead, "%s: %v", l.Name, got.Reach)
		}
	}
}
