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

// FuzzContexts asks plans of damaged objects where programs may call kfuncs,
// what they read of their contexts and what subsystems refuse. The answers are
// the same each time, and name what exists.
func FuzzContexts(f *testing.F) {
	testdata := filepath.Join("..", "..", "testdata")
	k, err := kernel.Open(kernel.Spec{Name: "toy", Types: filepath.Join(testdata, "kernels", "contexts.o"), Modules: "none"})
	require.NoError(f, err)
	addObjects(f, "rules/kfunc_context*.o", "rules/kfunc_sleepable.o", "rules/argument_missing.o", "rules/struct_ops_value_range.o", "rules/struct_ops_re*.o")
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
