package plan_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzContexts asks plans of damaged objects where programs may call kfuncs,
// what they read of their contexts and what subsystems refuse. The answers are
// the same each time, and name what exists.
func FuzzContexts(f *testing.F) {
	testdata := filepath.Join("..", "..", "testdata")
	k, err := kernel.Open(kernel.Spec{Name: "toy", Types: filepath.Join(testdata, "kernels", "contexts.o"), Modules: "none"})
	require.NoError(f, err)
	for _, pattern := range []string{"kfunc_context*.o", "kfunc_sleepable.o", "argument_missing.o", "struct_ops_value_range.o", "struct_ops_re*.o"} {
		names, err := filepath.Glob(filepath.Join(testdata, "rules", pattern))
		require.NoError(f, err)
		require.NotEmpty(f, names)
		for _, name := range names {
			data, err := os.ReadFile(name)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := bpfobj.Read("fuzz.o", data)
		if err != nil {
			return
		}
		for _, l := range plan.Loaders {
			p, again := plan.Make(o, k, l, plan.Options{}), plan.Make(o, k, l, plan.Options{})
			misuses := p.KfuncMisuses()
			require.Len(t, again.KfuncMisuses(), len(misuses))
			for i, m := range again.KfuncMisuses() {
				assert.Equal(t, misuses[i].Reach, m.Reach)
				assert.Less(t, m.Insn, len(m.Func.Insns))
			}
			assert.Equal(t, p.ContextReads(), again.ContextReads())
			for _, r := range p.ContextReads() {
				assert.Same(t, o.Programs[r.Program].Function, r.Func)
				assert.Greater(t, r.Argument, r.Arguments)
			}
			assert.Equal(t, p.RegistrationProblems(), again.RegistrationProblems())
			assert.Equal(t, p.RefTailCalls(), again.RefTailCalls())
		}
	})
}
