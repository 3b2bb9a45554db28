//go:build linux

package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

const gateObject = "testdata/gate/gate.o"

// load runs "btflint load ARG..." and returns what it wrote.
func load(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code := cli.Main(t.Context(), append([]string{"load"}, args...), cli.Streams{In: &bytes.Buffer{}, Out: &out, Err: &err})
	require.Equal(t, want, code, "%s%s", out.String(), err.String())
	return out.String(), err.String()
}

// needKernelTypes skips where the running kernel has no BTF.
func needKernelTypes(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skipf("needs kernel BTF: %v", err)
	}
}

// needBPF skips where programs cannot be loaded.
func needBPF(t *testing.T) {
	t.Helper()
	needKernelTypes(t)
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		t.Skipf("needs BPF: %v", err)
	}
	require.NoError(t, m.Close())
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	needKernelTypes(t)
	stdout, stderr := load(t, 1, gateObject)
	assert.Contains(t, stdout, `kfunc "btflint_missing_kfunc" not found`)
	assert.Empty(t, stderr)
}

func TestLoadUnreadable(t *testing.T) {
	t.Parallel()
	needKernelTypes(t)
	_, stderr := load(t, 3, "testdata/gate/none.o")
	assert.Equal(t, "btflint: testdata/gate/none.o: no such file or directory\n", stderr)

	// cilium/ebpf does not open it: the findings for the file say why.
	stdout, _ := load(t, 1, "testdata/objects/struct_ops.o")
	assert.Contains(t, stdout, `section ".struct_ops"`)

	_, stderr = load(t, 2, gateObject, "--program", "soond")
	assert.Contains(t, stderr, `no program "soond"; did you mean "sound"?`)
}

func TestLoadForReal(t *testing.T) {
	t.Parallel()
	needBPF(t)
	stdout, _ := load(t, 0, gateObject, "--program", "sound")
	assert.Contains(t, stdout, "loaded 1 programs and 1 maps, and released them")

	// The verifier refuses what no offline check decides: its words are shown
	// with the facts of the plan.
	_, stderr := load(t, 1, "testdata/gate/verifier.o")
	for _, part := range []string{
		`program unchecked: `, "the verifier says:", "invalid mem access",
		`what the check knows of program "unchecked":`, "is BPF_PROG_TYPE_SOCKET_FILTER",
		`map "counts": BPF_MAP_TYPE_HASH, key 4 bytes, value 8 bytes, 1 entries`,
	} {
		assert.Contains(t, stderr, part)
	}
}

func TestLoadPins(t *testing.T) {
	t.Parallel()
	needBPF(t)
	dir := t.TempDir()
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Skipf("needs a BPF file system: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(dir, unix.MNT_DETACH)) })

	pins := filepath.Join(dir, "gate")
	stdout, _ := load(t, 0, gateObject, "--program", "sound", "--pin", pins)
	assert.Contains(t, stdout, "pinned")
	for _, name := range []string{"sound", "counts"} {
		assert.FileExists(t, filepath.Join(pins, name))
	}

	// A second load finds the names taken: it says so and leaves no pin behind.
	_, stderr := load(t, 3, gateObject, "--program", "sound", "--pin", pins)
	assert.Contains(t, stderr, `pin map "counts"`)
}
