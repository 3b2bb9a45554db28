package rulefile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, text string) (*rulefile.File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.c")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return rulefile.Read(path)
}

func TestRead(t *testing.T) {
	t.Parallel()
	f, err := read(t, `// Prose: not a directive.
// kernels: old modern
// loaders: libbpf cilium
// modules: none
#include "rule.h"
// example
int bad; // want[old,cilium] "a" want[modern] `+"`b`"+` "c"
// end example
int good;
// want map events: "d" map other: "e"
`)
	require.NoError(t, err)
	assert.Equal(t, []string{"old", "modern"}, f.Kernels)
	assert.Equal(t, []string{"libbpf", "cilium"}, f.Loaders)
	assert.Equal(t, rulefile.None, f.Modules)
	assert.Equal(t, rulefile.Given, f.Symbols)
	assert.Equal(t, "int bad;\n", f.Example())
	assert.Equal(t, "x.c", f.Base())
	assert.Equal(t, "x.o", filepath.Base(f.Object()))
	big, err := read(t, "// targets: bpfeb bpfel\n")
	require.NoError(t, err)
	assert.Equal(t, "x_bpfeb.o", filepath.Base(big.Object()))

	var got []string
	for _, w := range f.Wants {
		for _, k := range f.Kernels {
			for _, l := range f.Loaders {
				if w.Applies(f, k, l) {
					got = append(got, w.Subject+"|"+w.Regexp.String()+" "+k+" "+l)
				}
			}
		}
	}
	assert.Equal(t, []string{
		"|a old cilium",
		"|b modern libbpf", "|b modern cilium",
		"|c modern libbpf", "|c modern cilium",
		"map events|d old libbpf", "map events|d old cilium", "map events|d modern libbpf", "map events|d modern cilium",
		"map other|e old libbpf", "map other|e old cilium", "map other|e modern libbpf", "map other|e modern cilium",
	}, got)
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"unknown directive", "// kernel: old\n", `:1: unknown directive "kernel"`},
		{"unknown part", "// symbols: none\n", `:1: symbols: "none"`},
		{"foreign kernel", "int x; // want[old] `a`\n", `:1: want for "old"`},
		{"no expression", "int x; // want nothing\n", `:1: want comment: "nothing": want SUBJECT NAME: or an expression`},
		{"nothing", "int x; // want[modern]\n", `:1: want comment without an expression`},
		{"no colon", "int x; // want map events `a`\n", `want SUBJECT NAME: or an expression`},
		{"broken expression", "int x; // want `(`\n", `missing closing`},
		{"broken string", "int x; // want \"a\n", `invalid syntax`},
		{"open example", "\n// example\nint x;\n", `:3: example without its end`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, tt.text)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a_rule.c", "a_rule__two.c", "a_rule__one.c", "a_rule_other.c", "a_rule.o"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	names, err := rulefile.Names(dir, "a-rule")
	require.NoError(t, err)
	var base []string
	for _, n := range names {
		base = append(base, filepath.Base(n))
	}
	assert.Equal(t, []string{"a_rule.c", "a_rule__one.c", "a_rule__two.c"}, base)

	_, err = rulefile.Names(dir, "missing")
	assert.ErrorIs(t, err, os.ErrNotExist)
}
