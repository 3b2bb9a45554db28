package analyzertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// record keeps what a comparison complains of.
type record []string

func (r *record) Helper() {}

func (r *record) Errorf(format string, args ...any) { *r = append(*r, fmt.Sprintf(format, args...)) }

func at(line int) bpfobj.Location {
	return bpfobj.Location{Program: "prog", Source: bpfobj.Source{File: "testdata/rules/x.c", Line: line}}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.c")
	require.NoError(t, os.WriteFile(path, []byte(`// kernels: old modern
one(); // want "error: bad one"
two(); // want[modern] "bad" "worse"
// want map events: "too large"
// want program off: "no section"
// want object: "no license"
`), 0o600))
	f, err := rulefile.Read(path)
	require.NoError(t, err)

	one := analyzer.Finding{Severity: analyzer.Error, Message: "bad one", Location: at(2)}
	bad := analyzer.Finding{Message: "bad two", Location: at(3)}
	worse := analyzer.Finding{Message: "worse", Location: at(3)}
	events := analyzer.Finding{Message: "too large", Location: bpfobj.Location{Symbol: "map events"}}
	off := analyzer.Finding{Message: "no section", Location: bpfobj.Location{Program: "off"}}
	object := analyzer.Finding{Message: "no license"}
	common := []analyzer.Finding{one, events, off, object}

	tests := []struct {
		name, kernel string
		findings     []analyzer.Finding
		want         record
	}{
		{"all on modern", "modern", append([]analyzer.Finding{worse, bad}, common...), nil},
		{"all on old", "old", common, nil},
		{"missing at a line", "old", []analyzer.Finding{events, off, object}, record{`x.c:2: on old with libbpf: no finding matches "error: bad one"`}},
		{"missing about a map", "old", []analyzer.Finding{one, off, object}, record{`x.c:4: on old with libbpf: no finding about map events matches "too large"`}},
		{"surplus at a line", "old", append([]analyzer.Finding{bad}, common...), record{`x.c:3: on old with libbpf: unexpected finding: note: bad two`}},
		{"surplus about a map", "old", append([]analyzer.Finding{events}, common...), record{`x.c: map events: on old with libbpf: unexpected finding: note: too large`}},
		{"other severity", "old", []analyzer.Finding{{Message: "bad one", Location: at(2)}, events, off, object}, record{
			`x.c:2: on old with libbpf: no finding matches "error: bad one"`,
			`x.c:2: on old with libbpf: unexpected finding: note: bad one`,
		}},
		{"line of a subject", "old", []analyzer.Finding{one, {Message: "too large", Location: bpfobj.Location{
			Symbol: "map events", Source: bpfobj.Source{File: "x.c", Line: 4},
		}}, off, object}, record{
			`x.c:4: on old with libbpf: no finding about map events matches "too large"`,
			`x.c:4: on old with libbpf: unexpected finding: note: too large`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got record
			compare(&got, f, tt.kernel, "libbpf", tt.findings)
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestToyKernels opens every toy kernel and checks that none is stale.
func TestToyKernels(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(Dir(t), "kernels")
	m := readManifest(t, filepath.Join(Dir(t), "MANIFEST"))
	objects, err := filepath.Glob(filepath.Join(dir, "*.o"))
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	for _, path := range objects {
		name := filepath.Base(path[:len(path)-len(".o")])
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m.check(t, path)
			k, err := (&rulefile.File{}).OpenKernel(dir, name)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, k.Close()) })
			require.NotNil(t, k.Types)
			assert.Greater(t, k.Types.Len(), 1)
			assert.NotNil(t, k.Modules)
			for _, module := range k.ModuleNames() {
				m.check(t, filepath.Join(dir, name+".modules", module))
			}
			assert.Empty(t, k.Errors())

			unknown, err := (&rulefile.File{Symbols: rulefile.Unknown, Config: rulefile.Unknown, Modules: rulefile.Unknown}).OpenKernel(dir, name)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, unknown.Close()) })
			assert.Equal(t, []string{"modules", "symbols", "config"}, unknown.Unknown())
		})
	}
}

// TestObjects checks that every object of testdata is the one that the
// manifest names.
func TestObjects(t *testing.T) {
	t.Parallel()
	m := readManifest(t, filepath.Join(Dir(t), "MANIFEST"))
	for _, pattern := range []string{"rules/*.o", "objects/*.o"} {
		paths, err := filepath.Glob(filepath.Join(Dir(t), filepath.FromSlash(pattern)))
		require.NoError(t, err)
		for _, path := range paths {
			m.check(t, path)
		}
	}
}
