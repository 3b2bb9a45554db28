package plan_test

import (
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/rlimit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/testdata/realload/xlated"
)

// TestRealLoad compares the values of CO-RE relocations with those that the
// running kernel has after a load with cilium/ebpf. "make realload" does so for
// any number of objects, and with libbpf.
func TestRealLoad(t *testing.T) {
	t.Parallel()
	k := loadable(t)
	const object = "../../testdata/realload/objects/running.o"
	r, err := (&xlated.Comparer{Kernel: k}).Compare(object)
	require.NoError(t, err)
	assert.Empty(t, r.Mismatches)
	assert.Positive(t, r.Equal)
	assert.Positive(t, r.Poisoned, "a poisoned instruction that no path reaches is removed")
	assert.Positive(t, r.Refused, "one that is reached is refused")

	wrong, err := (&xlated.Comparer{Kernel: k, Wrong: 1}).Compare(object)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(wrong.Mismatches)+wrong.Rewritten, r.Equal, "wrong values are noticed")
	assert.Zero(t, wrong.Equal)
	assert.NotEmpty(t, wrong.Mismatches)
}

// loadable is the running kernel; the test is skipped where no program can be
// loaded or read back.
func loadable(t *testing.T) *kernel.Kernel {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	k, err := kernel.Running()
	if err != nil {
		t.Skipf("needs a kernel with BTF: %v", err)
	}
	t.Cleanup(func() { _ = k.Close() })
	if err := rlimit.RemoveMemlock(); err != nil {
		t.Skipf("needs to load programs: %v", err)
	}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.RawTracepoint, License: "GPL",
		Instructions: asm.Instructions{asm.FnGetCurrentTaskBtf.Call(), asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		t.Skipf("needs to load programs: %v", err)
	}
	defer prog.Close()
	info, err := prog.Info()
	require.NoError(t, err)
	if _, err := info.Instructions(); err != nil {
		t.Skipf("needs to read programs back: %v", err)
	}
	return k
}
