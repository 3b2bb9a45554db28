package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// FuzzInstructions finds the forms of instructions that kernels do not know in
// damaged objects.
func FuzzInstructions(f *testing.F) {
	addObjects(f, "rules/instruction_unsupported*.o", "rules/core_field_missing.o")
	var kernels []*kernel.Kernel
	for _, name := range []string{"insns_first", "insns_v4"} {
		k, err := kernel.Open(kernel.Spec{Name: name, Types: "../../testdata/kernels/" + name + ".o", Modules: "none"})
		require.NoError(f, err)
		f.Cleanup(func() { assert.NoError(f, k.Close()) })
		kernels = append(kernels, k)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		obj, err := bpfobj.Read("x.o", data)
		if err != nil {
			return
		}
		for _, k := range kernels {
			uses := plan.Make(obj, k, plan.Libbpf, plan.Options{}).UnsupportedInstructions()
			again := plan.Make(obj, k, plan.Libbpf, plan.Options{}).UnsupportedInstructions()
			require.Len(t, again, len(uses))
			for i, u := range uses {
				assert.Equal(t, u.Reach, again[i].Reach)
				assert.Positive(t, u.Places)
				assert.NotEmpty(t, u.Spelling())
				scopes := 0
				for _, s := range []plan.Scope{u.Certain, u.Possible, u.Dead} {
					if !s.Empty() {
						scopes++
					}
				}
				assert.Equal(t, 1, scopes)
			}
		}
	})
}
