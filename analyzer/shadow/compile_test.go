package shadow_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/shadow"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// writers are the languages by the extension of their files.
var writers = map[string]func(io.Writer, string, []shadow.Type, shadow.Options) error{
	".h": shadow.WriteC, ".go": shadow.WriteGo, ".rs": shadow.WriteRust, ".json": shadow.WriteJSON,
}

// written is the file of an object's shadow types.
func written(t *testing.T, obj *bpfobj.Object, ext string, style shadow.Style) []byte {
	t.Helper()
	return generate(t, obj, ext, shadow.Options{Package: "generated", Style: style})
}

func generate(t *testing.T, obj *bpfobj.Object, ext string, opts shadow.Options) []byte {
	t.Helper()
	list, err := shadow.Of(obj, opts.Style)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, writers[ext](&b, filepath.Base(obj.Name), list, opts))
	return b.Bytes()
}

// TestGolden compares with the files of testdata/shadow.
func TestGolden(t *testing.T) {
	t.Parallel()
	obj, err := bpfobj.ReadFile("../../testdata/shadow/objects/types.o")
	require.NoError(t, err)
	golden := map[string][]byte{
		"types_2024.h":    written(t, obj, ".h", shadow.Styles[1]),
		"types.go.golden": written(t, obj, ".go", shadow.Styles[0]),
	}
	for _, ext := range []string{".h", ".rs", ".json"} {
		golden["types"+ext] = written(t, obj, ext, shadow.Styles[0])
	}
	used, err := bpfobj.ReadFile("../../testdata/shadow/objects/congestion.o")
	require.NoError(t, err)
	golden["../../analyzer/shadow/congestion_gen_test.go"] = generate(t, used, ".go", shadow.Options{Package: "shadow_test"})
	golden["example/congestion_shadow.go"] = generate(t, used, ".go", shadow.Options{})
	for name, got := range golden {
		path := filepath.Join("..", "..", "testdata", "shadow", name)
		if *update {
			require.NoError(t, os.WriteFile(path, got, 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s: go test ./analyzer/shadow -update", name)
	}
}

// TestCompile has compilers check the assertions of what is written, in every
// style. Compilers that are not installed are left out.
func TestCompile(t *testing.T) {
	t.Parallel()
	compilers := []struct {
		name, ext string
		args      []string
	}{
		{"gcc", ".h", []string{"-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c"}},
		{"g++", ".h", []string{"-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"}},
		{"clang-19", ".h", []string{"-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c"}},
		{"clang++-19", ".h", []string{"-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"}},
		{"rustc", ".rs", []string{"--edition=2021", "--crate-type=lib", "--emit=metadata", "-D", "warnings"}},
		{"go", ".go", []string{"vet"}},
	}
	for _, c := range compilers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			needCompiler(t, c.name)
			eachObject(t, func(t *testing.T, stem string, obj *bpfobj.Object) {
				for _, style := range shadow.Styles {
					if c.ext == ".go" && style != shadow.Styles[0] {
						continue // Go has one style
					}
					path := filepath.Join(t.TempDir(), "generated"+c.ext)
					require.NoError(t, os.WriteFile(path, written(t, obj, c.ext, style), 0o600))
					args := append(slices.Clone(c.args), path)
					if c.ext == ".rs" {
						args = append(args, "-o", path+".rmeta") // rustc replaces its output: as root even a device
					}
					out, err := exec.Command(c.name, args...).CombinedOutput()
					assert.NoError(t, err, "%s %s: %s", stem, style.Name, out)
				}
			})
		})
	}
}

// needCompiler skips a test whose compiler is not there, too old, or for a data
// model that the files refuse on purpose.
func needCompiler(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("needs the compiler: %v", err)
	}
	switch {
	case name == "go":
	case strconv.IntSize != 64 || runtime.GOOS == "windows":
		t.Skip("needs pointers and long of 64 bits")
	case name == "rustc":
		path := filepath.Join(t.TempDir(), "probe.rs")
		require.NoError(t, os.WriteFile(path, []byte("pub struct T { pub a: u8 }\npub const A: usize = core::mem::offset_of!(T, a);\n"), 0o600))
		if out, err := exec.Command(name, "--crate-type=lib", "--emit=metadata", "-o", path+".rmeta", path).CombinedOutput(); err != nil {
			t.Skipf("needs Rust 1.77: %s", out)
		}
	}
}

// TestAssertionsHold has a wrong offset refused, so that the assertions of
// TestCompile mean something.
func TestAssertionsHold(t *testing.T) {
	t.Parallel()
	obj, err := bpfobj.ReadFile("../../testdata/shadow/objects/congestion.o")
	require.NoError(t, err)
	tests := []struct{ name, ext, old, wrong string }{
		{"gcc", ".h", "unsigned int key;", "unsigned long key;"},
		{"go", ".go", "uint32 ", "uint64 "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			needCompiler(t, tt.name)
			text := written(t, obj, tt.ext, shadow.Styles[0])
			wrong := bytes.ReplaceAll(text, []byte(tt.old), []byte(tt.wrong))
			require.False(t, bytes.Equal(text, wrong), "nothing was changed")
			path := filepath.Join(t.TempDir(), "wrong"+tt.ext)
			require.NoError(t, os.WriteFile(path, wrong, 0o600))
			args := map[string][]string{"gcc": {"-fsyntax-only", "-x", "c", path}, "go": {"vet", path}}[tt.name]
			assert.Error(t, exec.Command(tt.name, args...).Run())
		})
	}
}
