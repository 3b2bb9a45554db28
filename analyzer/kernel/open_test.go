package kernel_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
)

// vmlinux is a kernel of a few types.
func vmlinux() *btftest.Builder {
	b := new(btftest.Builder)
	u64 := b.Int("long unsigned int", 8, 0)
	b.Enum("bpf_map_type", btftest.Value{Name: "BPF_MAP_TYPE_HASH", Value: 1}, btftest.Value{Name: "__MAX_BPF_MAP_TYPE", Value: 2})
	md := b.Struct("xdp_md", 8, btftest.Member{Name: "data", Type: u64})
	regs := b.Struct("pt_regs", 8, btftest.Member{Name: "ip", Type: u64})
	typedef := b.Typedef("bpf_user_pt_regs_t", regs)
	b.Struct(
		"bpf_ctx_convert", 64,
		btftest.Member{Name: "BPF_PROG_TYPE_XDP_prog", Type: md},
		btftest.Member{Name: "BPF_PROG_TYPE_XDP_kern", Type: regs},
		btftest.Member{Name: "BPF_PROG_TYPE_KPROBE_prog", Type: b.Const(typedef)},
		btftest.Member{Name: "BPF_PROG_TYPE_KPROBE_kern", Type: typedef},
		btftest.Member{Name: "BPF_PROG_TYPE_TRACING_prog", Type: b.Ptr(0)},
		btftest.Member{Name: "BPF_PROG_TYPE_TRACING_kern", Type: b.Ptr(0)},
	)
	b.Func("in_vmlinux", b.FuncProto(0), btfgraph.LinkageStatic)
	return b
}

// module is split BTF over vmlinux with one function.
func module(function string) *btftest.Builder {
	b := btftest.NewSplit(vmlinux())
	b.Func(function, b.FuncProto(0), btfgraph.LinkageStatic)
	return b
}

func raw(b *btftest.Builder) []byte { return b.Bytes(binary.LittleEndian) }

// files writes files below a new directory and returns it.
func files(t testing.TB, content map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range content {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	return dir
}

// open opens a kernel that is closed at the end of the test. Paths of spec are
// relative to dir.
func open(t testing.TB, dir string, spec kernel.Spec) (*kernel.Kernel, error) {
	t.Helper()
	for _, path := range []*string{&spec.Types, &spec.Symbols, &spec.Config, &spec.Modules} {
		if *path != "" && *path != "none" {
			*path = filepath.Join(dir, *path)
		}
	}
	k, err := kernel.Open(spec)
	if err == nil {
		t.Cleanup(func() { assert.NoError(t, k.Close()) })
	}
	return k, err
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string][]byte{
		"vmlinux.btf":       raw(vmlinux()),
		"big.btf":           vmlinux().Bytes(binary.BigEndian),
		"vmlinux":           elfFile(t, section{name: ".text", data: make([]byte, 5000)}, section{name: ".BTF", data: raw(vmlinux())}),
		"sys/vmlinux":       raw(vmlinux()),
		"sys/mod_a":         raw(module("in_a")),
		"alone/vmlinux":     raw(vmlinux()),
		"mods/sub/mod-b.ko": elfFile(t, section{name: ".BTF", data: raw(module("in_b"))}),
		"mods/mod_a":        raw(module("in_a")),
		"mods/mod_c.ko":     elfFile(t, section{name: ".text", data: []byte{0}}),
		"mods/.hidden":      {1},
		"kallsyms":          []byte(symbolTable),
		"stub":              []byte("ffffffffffffffff B The real System.map is in the linux-image-x-dbg package\n"),
		"restricted":        []byte("0000000000000000 T x\n0000000000000000 T y\n"),
		"config":            []byte(configText),
		"config.gz":         []byte(compress(t, configText)),
	})
	tests := []struct {
		name           string
		spec           kernel.Spec
		kernel, arch   string
		modules        []string
		unknown        []string
		notes          int
		inA, inB       bool // functions found
		symbol, option bool
	}{
		{"raw BTF", kernel.Spec{Types: "vmlinux.btf"}, "vmlinux.btf", "", nil, []string{"modules", "symbols", "config"}, 0, false, false, false, false},
		{"name", kernel.Spec{Name: "n", Types: "vmlinux.btf"}, "n", "", nil, []string{"modules", "symbols", "config"}, 0, false, false, false, false},
		{"big endian", kernel.Spec{Types: "big.btf"}, "big.btf", "", nil, []string{"modules", "symbols", "config"}, 0, false, false, false, false},
		{"ELF", kernel.Spec{Types: "vmlinux"}, "vmlinux", "arm64", nil, []string{"modules", "symbols", "config"}, 0, false, false, false, false},
		{"directory", kernel.Spec{Types: "sys"}, "sys", "", []string{"mod_a"}, []string{"symbols", "config"}, 0, true, false, false, false},
		{"directory without modules", kernel.Spec{Types: "alone"}, "alone", "", nil, []string{"symbols", "config"}, 0, false, false, false, false},
		{"directory, no modules wanted", kernel.Spec{Types: "sys", Modules: "none"}, "sys", "", nil, []string{"symbols", "config"}, 0, false, false, false, false},
		{"modules", kernel.Spec{Types: "vmlinux.btf", Modules: "mods"}, "vmlinux.btf", "", []string{"mod_a", "mod_b", "mod_c"}, []string{"symbols", "config"}, 0, true, true, false, false},
		{"symbols", kernel.Spec{Types: "vmlinux.btf", Symbols: "kallsyms"}, "vmlinux.btf", "", nil, []string{"modules", "config"}, 0, false, false, true, false},
		{"stub of Debian", kernel.Spec{Types: "vmlinux.btf", Symbols: "stub"}, "vmlinux.btf", "", nil, []string{"modules", "symbols", "config"}, 1, false, false, false, false},
		{"hidden addresses", kernel.Spec{Types: "vmlinux.btf", Symbols: "restricted"}, "vmlinux.btf", "", nil, []string{"modules", "config"}, 1, false, false, false, false},
		{"config", kernel.Spec{Types: "vmlinux.btf", Config: "config"}, "vmlinux.btf", "", nil, []string{"modules", "symbols"}, 0, false, false, false, true},
		{"compressed config", kernel.Spec{Types: "vmlinux.btf", Config: "config.gz"}, "vmlinux.btf", "", nil, []string{"modules", "symbols"}, 0, false, false, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k, err := open(t, dir, tt.spec)
			require.NoError(t, err)
			k.Prefetch("in_a", "in_b", "in_vmlinux")
			assert.Equal(t, tt.kernel, k.Name)
			assert.Equal(t, tt.arch, k.Arch)
			assert.Equal(t, tt.modules, k.ModuleNames())
			assert.Equal(t, tt.unknown, k.Unknown())
			assert.Len(t, k.Notes, tt.notes)
			assert.False(t, k.Running)
			g, module, id := k.Find(btfgraph.KindFunc, "in_vmlinux")
			assert.NotEqual(t, btfgraph.Void, id)
			assert.Same(t, k.Types, g)
			assert.Empty(t, module)
			for function, want := range map[string]bool{"in_a": tt.inA, "in_b": tt.inB} {
				g, module, id := k.Find(btfgraph.KindFunc, function)
				assert.Equal(t, want, id != btfgraph.Void, function)
				if want {
					assert.Equal(t, function, g.Name(id))
					assert.Equal(t, "mod_"+function[3:], module)
				}
			}
			if k.Symbols != nil {
				assert.Equal(t, tt.symbol, k.Symbols.HasFunc("foo"))
			}
			if k.Config != nil {
				_, ok := k.Config.Lookup("CONFIG_HZ")
				assert.Equal(t, tt.option, ok)
			}
			assert.Empty(t, k.Errors())
		})
	}
}

// A shell's <(command) is a pipe: it can be read but once and has no size.
func TestOpenPipe(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/fd")
	}
	pipe := func(data []byte) string {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, r.Close()) })
		_, err = w.Write(data)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return fmt.Sprintf("/dev/fd/%d", r.Fd())
	}
	k, err := kernel.Open(kernel.Spec{
		Types:   pipe(elfFile(t, section{name: ".BTF", data: raw(vmlinux())})),
		Symbols: pipe([]byte(symbolTable)), Config: pipe([]byte(configText)),
	})
	require.NoError(t, err)
	_, _, id := k.Find(btfgraph.KindFunc, "in_vmlinux")
	assert.NotEqual(t, btfgraph.Void, id)
	assert.True(t, k.Symbols.HasFunc("foo"))
	_, set := k.Config.Lookup("CONFIG_HZ")
	assert.True(t, set)
	assert.Empty(t, k.Errors())
	assert.NoError(t, k.Close())

	_, err = kernel.Open(kernel.Spec{Types: pipe(nil)})
	assert.ErrorContains(t, err, "empty file")
	_, err = kernel.Open(kernel.Spec{Types: pipe([]byte("hello"))})
	assert.ErrorContains(t, err, "neither BTF nor ELF")
}

func TestFromSpec(t *testing.T) {
	t.Parallel()
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw(vmlinux())))
	require.NoError(t, err)
	split, err := btf.LoadSplitSpecFromReader(bytes.NewReader(raw(module("in_a"))), spec)
	require.NoError(t, err)

	k, err := kernel.FromSpec("n", spec, nil)
	require.NoError(t, err)
	assert.Equal(t, "n", k.Name)
	assert.Equal(t, []string{"modules", "symbols", "config"}, k.Unknown())

	k, err = kernel.FromSpec("n", spec, map[string]*btf.Spec{"mod_a": split, "bad": spec})
	require.NoError(t, err)
	_, name, id := k.Find(btfgraph.KindFunc, "in_a")
	assert.NotEqual(t, btfgraph.Void, id)
	assert.Equal(t, "mod_a", name)
	require.Len(t, k.Errors(), 1)
	assert.ErrorContains(t, k.Errors()[0], `modules "bad"`)

	_, err = kernel.FromSpec("n", nil, nil)
	assert.ErrorIs(t, err, kernel.ErrNoTypes)
}

func TestClose(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string][]byte{"vmlinux": raw(vmlinux()), "kallsyms": []byte(symbolTable), "m/a": raw(module("in_a"))})
	k, err := open(t, dir, kernel.Spec{Types: "vmlinux", Symbols: "kallsyms", Modules: "m"})
	require.NoError(t, err)
	require.NoError(t, k.Close())
	require.NoError(t, k.Close())
	if runtime.GOOS != "linux" {
		return
	}
	// What was not read before cannot be read any more.
	assert.Error(t, k.Symbols.Err())
	assert.Empty(t, k.Symbols.Lookup("foo"))
}

// Every part may be asked for the first time by several goroutines at once.
func TestKernelConcurrency(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string][]byte{
		"vmlinux": raw(vmlinux()), "kallsyms": []byte(symbolTable), "config": []byte(compress(t, configText)),
		"m/mod_a": raw(module("in_a")), "m/mod_b": raw(module("in_b")),
	})
	k, err := open(t, dir, kernel.Spec{Types: "vmlinux", Symbols: "kallsyms", Config: "config", Modules: "m"})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			k.Prefetch("in_a", "in_b")
			k.Symbols.Prefetch("foo", "twice")
			_, name, _ := k.Find(btfgraph.KindFunc, "in_b")
			assert.Equal(t, "mod_b", name)
			assert.Len(t, k.Symbols.Lookup("twice"), 3)
			assert.Len(t, k.Symbols.Similar("foo"), 5)
			assert.Len(t, k.Config.Malformed(), 2)
			_, ok, _ := k.Enumerator("bpf_map_type", "BPF_MAP_TYPE_HASH")
			assert.True(t, ok)
			_, ok = k.CtxType("XDP")
			assert.True(t, ok)
			assert.Empty(t, k.Errors())
		})
	}
	wg.Wait()
}
