package btflint_test

import (
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint"
)

// coreSpec is the part of testdata/gate/core.o with one program.
func coreSpec(t *testing.T, program string) *ebpf.CollectionSpec {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec("testdata/gate/core.o")
	require.NoError(t, err)
	for name := range spec.Programs {
		if name != program {
			delete(spec.Programs, name)
		}
	}
	return spec
}

// TestGateFollowsGuards has a field that no kernel has. A guard makes the read
// harmless, and so does the value of a variable, as the spec has it. The running
// kernel says the same, where it can be asked.
func TestGateFollowsGuards(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, program string
		enabled       bool
		refused       bool
	}{
		{name: "guarded", program: "guarded"},
		{name: "switched off", program: "optional"},
		{name: "switched on", program: "optional", enabled: true, refused: true},
		{name: "unguarded", program: "open", refused: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec := coreSpec(t, tt.program)
			require.NoError(t, spec.Variables["enabled"].Set(tt.enabled))
			err := (&btflint.Validator{Kernel: toyKernel(t)}).Check(t.Context(), spec, nil)
			if tt.refused {
				require.ErrorAs(t, err, new(*btflint.Error))
				assert.Contains(t, err.Error(), `"task_struct.btflint_missing"`)
			} else {
				require.NoError(t, err)
			}
			if _, noBTF := os.Stat("/sys/kernel/btf/vmlinux"); noBTF != nil || canLoad() != nil {
				t.Skip("the real load needs BPF and the kernel's BTF")
			}
			coll, err := ebpf.NewCollection(spec)
			assert.Equal(t, tt.refused, err != nil, "the kernel says: %v", err)
			if err == nil {
				coll.Close()
			}
		})
	}
}
