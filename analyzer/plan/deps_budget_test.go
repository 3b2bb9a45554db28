package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// TestDepsBudget ends lists at every possible point: what is listed then is
// listed in full too, and the error says that there is more.
func TestDepsBudget(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"objects/core.o", "objects/externs.o", "objects/struct_ops.o", "objects/maps.o", "core/local.o"} {
		obj, err := bpfobj.ReadFile("../../testdata/" + name)
		require.NoError(t, err)
		p := Make(obj, nil, Libbpf, Options{})
		all, err := p.Deps()
		require.NoError(t, err)
		names := make(map[depKey]bool)
		for _, d := range all {
			names[depKey{d.Kind, d.Name, d.Parent, d.Module}] = true
		}
		for budget := 0; ; budget += 97 {
			some, err := p.deps(budget)
			for _, d := range some {
				assert.True(t, names[depKey{d.Kind, d.Name, d.Parent, d.Module}], d.Name)
			}
			if err == nil {
				assert.Equal(t, all, some)
				break
			}
			require.ErrorIs(t, err, errDepsBudget)
		}
	}
}
