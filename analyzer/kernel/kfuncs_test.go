package kernel_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
)

// TestKfuncs lists the kfuncs of a kernel that tags them, and of one that does not.
func TestKfuncs(t *testing.T) {
	t.Parallel()
	for name, tagged := range map[string]bool{"modern": true, "untagged": false} {
		k, err := kernel.Open(kernel.Spec{Name: name, Types: filepath.Join("..", "..", "testdata", "kernels", name+".o")})
		require.NoError(t, err)
		if tagged {
			assert.Contains(t, k.Kfuncs(), "bpf_task_release")
			assert.NotContains(t, k.Kfuncs(), "do_unlinkat")
		} else {
			assert.Nil(t, k.Kfuncs())
		}
		require.NoError(t, k.Close())
	}
	assert.Nil(t, (&kernel.Kernel{}).Kfuncs())
}
