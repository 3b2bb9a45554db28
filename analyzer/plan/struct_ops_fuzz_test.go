package plan_test

import (
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzStructOps makes plans of damaged objects with struct_ops maps. The same
// object gives the same plan, and every slot that the plan names exists.
func FuzzStructOps(f *testing.F) {
	testdata := filepath.Join("..", "..", "testdata")
	k, err := kernel.Open(kernel.Spec{Name: "ops", Types: filepath.Join(testdata, "kernels", "ops.o"), Modules: "none"})
	require.NoError(f, err)
	addObjects(f, "rules/struct_ops_*.o")
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := bpfobj.Read("fuzz.o", data)
		if err != nil {
			return
		}
		for _, l := range plan.Loaders {
			p, again := plan.Make(o, k, l, plan.Options{}), plan.Make(o, k, l, plan.Options{})
			assert.Equal(t, p.Refusals, again.Refusals)
			assert.Equal(t, p.Oddities, again.Oddities)
			assert.Equal(t, p.StructOpsPrograms, again.StructOpsPrograms)
			assert.Len(t, p.StructOps, len(o.StructOps))
			for _, sp := range p.StructOpsPrograms {
				for _, s := range sp.Slots {
					assert.Same(t, p.Programs[sp.Program].Program.Function, o.StructOps[s.Map].Members[s.Member].Program)
				}
			}
		}
	})
}
