package kernel_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
)

func TestEnumerator(t *testing.T) {
	t.Parallel()
	b := new(btftest.Builder)
	b.Int("shared", 4, 0)
	b.Enum("shared", btftest.Value{Name: "FIRST", Value: 1}, btftest.Value{Name: "__MAX", Value: 7})
	b.Enum64("shared", btftest.Value{Name: "LARGE", Value: 1 << 40})
	b.Enum("", btftest.Value{Name: "ANONYMOUS", Value: 9})
	b.Struct("no_enum", 8)
	k := &kernel.Kernel{Types: b.Graph(t)}
	tests := []struct {
		name, enum, enumerator string
		value                  uint64
		ok, found              bool
	}{
		{"enumerator", "shared", "FIRST", 1, true, true},
		{"enumerator of a second enum", "shared", "LARGE", 1 << 40, true, true},
		{"mark of the end", "shared", "__MAX", 7, true, true},
		{"missing enumerator", "shared", "SECOND", 0, false, true},
		{"missing enum", "other", "FIRST", 0, false, false},
		{"struct", "no_enum", "FIRST", 0, false, false},
		{"no name", "", "ANONYMOUS", 0, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				value, ok, found := k.Enumerator(tt.enum, tt.enumerator)
				assert.Equal(t, tt.value, value)
				assert.Equal(t, tt.ok, ok)
				assert.Equal(t, tt.found, found)
			}
		})
	}
}

func TestHasValue(t *testing.T) {
	t.Parallel()
	b := new(btftest.Builder)
	b.Enum("e", btftest.Value{Name: "A", Value: 1}, btftest.Value{Name: "__MAX_E", Value: 2})
	k := &kernel.Kernel{Types: b.Graph(t)}
	tests := []struct {
		name, enum string
		value      uint64
		ok, found  bool
	}{
		{"value", "e", 1, true, true},
		{"mark of the end", "e", 2, false, true},
		{"missing value", "e", 3, false, true},
		{"missing enum", "f", 1, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ok, found := k.HasValue(tt.enum, tt.value)
			assert.Equal(t, tt.ok, ok)
			assert.Equal(t, tt.found, found)
		})
	}
}

func TestProgTypes(t *testing.T) {
	t.Parallel()
	k := &kernel.Kernel{Types: vmlinux().Graph(t)}
	tests := []struct {
		name, progType string
		compiled       bool
		ctx            string
	}{
		{"struct", "BPF_PROG_TYPE_XDP", true, "xdp_md"},
		{"short name", "XDP", true, "xdp_md"},
		{"typedef", "BPF_PROG_TYPE_KPROBE", true, "pt_regs"},
		{"pointer", "BPF_PROG_TYPE_TRACING", true, ""},
		{"not compiled in", "BPF_PROG_TYPE_LIRC_MODE2", false, ""},
		{"member of the kernel's side", "BPF_PROG_TYPE_XDP_kern", false, ""},
		{"nothing", "", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ok, known := k.ProgTypeCompiled(tt.progType)
			assert.True(t, known)
			assert.Equal(t, tt.compiled, ok)
			ctx, ok := k.CtxType(tt.progType)
			assert.Equal(t, tt.ctx, ctx)
			assert.Equal(t, tt.ctx != "", ok)
		})
	}
}

// Without the struct, as before Linux 5.4, nothing is known.
func TestProgTypesUnknown(t *testing.T) {
	t.Parallel()
	without := new(btftest.Builder)
	without.Struct("bpf_ctx_convert", 0)
	for name, k := range map[string]*kernel.Kernel{
		"no types": {}, "empty struct": {Types: without.Graph(t)},
	} {
		ok, known := k.ProgTypeCompiled("XDP")
		assert.False(t, ok, name)
		assert.False(t, known, name)
		_, ok = k.CtxType("XDP")
		assert.False(t, ok, name)
	}
}

func TestKernelWithoutParts(t *testing.T) {
	t.Parallel()
	k := new(kernel.Kernel)
	k.Prefetch("x")
	_, _, id := k.Find(0, "x")
	assert.Zero(t, id)
	assert.Equal(t, []string{"types", "modules", "symbols", "config"}, k.Unknown())
	assert.Empty(t, k.Errors())
	assert.NoError(t, k.Close())
}

func TestRunning(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skipf("no BTF of a running kernel: %v", err)
	}
	k, err := kernel.Running()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	assert.True(t, k.Running)
	assert.NotEmpty(t, k.Release)
	assert.Equal(t, k.Release, k.Name)
	assert.NotNil(t, k.Modules)
	_, ok, found := k.Enumerator("bpf_prog_type", "BPF_PROG_TYPE_SOCKET_FILTER")
	assert.True(t, found)
	assert.True(t, ok)
	assert.Empty(t, k.Errors())

	for _, path := range []string{"/sys/kernel/btf", "/sys/kernel/btf/vmlinux"} {
		k, err := kernel.Open(kernel.Spec{Name: "here", Types: path, Modules: "none"})
		require.NoError(t, err)
		assert.True(t, k.Running)
		assert.Equal(t, "here", k.Name)
		assert.Empty(t, k.ModuleNames())
		assert.NoError(t, k.Close())
	}
}
