package analyzertest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/stretchr/testify/require"
)

// Dir is the testdata directory of the module, found upwards from the test's
// working directory.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "testdata")
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, parent, dir, "no go.mod above the working directory")
		dir = parent
	}
}

// manifest is testdata/MANIFEST: what objects were built of.
type manifest struct {
	root string // the directory that its paths are relative to
	// sums are the digests that files should have, by path. inputs are, by
	// object, the files that it was built of.
	sums   map[string]string
	inputs map[string][]string
}

func readManifest(t *testing.T, path string) manifest {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	m := manifest{root: filepath.Dir(filepath.Dir(path)), sums: map[string]string{}, inputs: map[string][]string{}}
	for line := range strings.Lines(string(b)) {
		switch f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); {
		case f[0] == "file" && len(f) == 3:
			m.sums[f[1]] = f[2]
		case f[0] == "object" && len(f) == 7:
			m.sums[f[1]], m.sums[f[3]] = f[2], f[4]
			m.inputs[f[1]] = append([]string{f[1], f[3]}, strings.Fields(f[5])...)
		}
	}
	return m
}

// check fails if the object, its source or a header is not the one that the
// manifest names.
func (m manifest) check(t *testing.T, object string) {
	t.Helper()
	rel, err := filepath.Rel(m.root, object)
	require.NoError(t, err)
	inputs := m.inputs[filepath.ToSlash(rel)]
	require.NotEmpty(t, inputs, "%s is not in testdata/MANIFEST: run make testdata", rel)
	for _, name := range inputs {
		b, err := os.ReadFile(filepath.Join(m.root, filepath.FromSlash(name)))
		require.NoError(t, err)
		sum := sha256.Sum256(b)
		require.Equal(t, m.sums[name], hex.EncodeToString(sum[:]), "%s has changed since %s was built: run make testdata", name, rel)
	}
}

// checkLines fails if a line record of the C file does not hold the line's text.
func checkLines(t *testing.T, f *rulefile.File, obj *bpfobj.Object) {
	t.Helper()
	for _, fn := range obj.Functions {
		for insn := range fn.Insns {
			src := obj.Locate(fn, insn).Source
			if src.Origin != bpfobj.OriginOwn || filepath.Base(src.File) != f.Base() {
				continue
			}
			require.LessOrEqual(t, src.Line, len(f.Lines), "%s: %s was built from a longer file: run make testdata", fn.Name, f.Object())
			require.Equal(t, f.Lines[src.Line-1], src.Text, "%s:%d: the object has another line: run make testdata", f.Base(), src.Line)
		}
	}
}
