package btflint_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/btflint/btflint"

// allowedImports is the import table of the module, without the module's path:
// what a package of the module may import of the module. A package that is not
// listed may import nothing of it.
var allowedImports = map[string][]string{
	"analyzer/btfgraph": nil,
	"analyzer/comment":  nil,
	"analyzer/bpfobj":   {"analyzer/btfgraph"},
	"analyzer/kernel":   {"analyzer/btfgraph"},
	"analyzer/flow":     {"analyzer/bpfobj", "analyzer/kernel", "analyzer/btfgraph"},
	"analyzer/lskel":    {"analyzer/bpfobj", "analyzer/kernel", "analyzer/btfgraph"},
	"analyzer/shadow":   {"analyzer/bpfobj", "analyzer/btfgraph"},
	"analyzer/plan":     {"analyzer/flow", "analyzer/lskel", "analyzer/bpfobj", "analyzer/kernel", "analyzer/btfgraph"},
	"analyzer": {
		"analyzer/shadow", "analyzer/plan", "analyzer/flow", "analyzer/lskel", "analyzer/bpfobj", "analyzer/kernel", "analyzer/btfgraph", "analyzer/comment",
	},
	"rules": {
		"analyzer", "analyzer/shadow", "analyzer/plan", "analyzer/flow", "analyzer/lskel", "analyzer/bpfobj", "analyzer/kernel", "analyzer/btfgraph",
	},
	"btfdiff": {"analyzer/kernel", "analyzer/btfgraph"},
	// What a failed load printed is text: it needs nothing of the module.
	"analyzer/loadlog": nil,
	"report": {
		"analyzer", "btfdiff", "analyzer/loadlog", "analyzer/plan", "analyzer/flow", "analyzer/kernel", "analyzer/bpfobj", "analyzer/btfgraph",
	},
	"": {
		"analyzer", "rules", "analyzer/plan", "analyzer/bpfobj", "analyzer/kernel", "analyzer/btfgraph",
	},
	// Support of tests and of the documentation.
	"analyzer/btfgraph/btftest":      {"analyzer/btfgraph"},
	"analyzer/analyzertest/rulefile": {"analyzer/kernel"},
	"analyzer/analyzertest": {
		"analyzer/analyzertest/rulefile", "analyzer", "analyzer/shadow", "analyzer/plan", "analyzer/bpfobj", "analyzer/kernel",
	},
}

// libraries are what packages may import from other modules, beside the
// standard library. The command may import every requirement of go.mod.
var libraries = map[string][]string{
	"analyzer/btfgraph":         {"github.com/cilium/ebpf"},
	"analyzer/btfgraph/btftest": {"github.com/cilium/ebpf"},
	"analyzer/bpfobj":           {"github.com/cilium/ebpf"},
	"analyzer/kernel":           {"github.com/cilium/ebpf", "golang.org/x/sys"},
	"":                          {"github.com/cilium/ebpf"},
	"report":                    {"github.com/owenrumney/go-sarif"},
	"analyzer/analyzertest":     {"github.com/stretchr/testify"},
}

// listed is what this test reads of "go list -json".
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
	Module     *struct{ Path string }
}

// goList runs go list -deps on the patterns.
func goList(t *testing.T, patterns ...string) []listed {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-deps", "-json=ImportPath,Imports,Deps,Standard,Module"}, patterns...)...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	require.NoError(t, err)
	var list []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		}
		list = append(list, p)
		require.NoError(t, err)
	}
}

// inModule returns the path below the module, false for another module's.
func inModule(path string) (string, bool) {
	if path == modulePath {
		return "", true
	}
	return strings.CutPrefix(path, modulePath+"/")
}

func TestImports(t *testing.T) {
	t.Parallel()
	packages := goList(t, "./...")
	standard := map[string]bool{}
	for _, p := range packages {
		standard[p.ImportPath] = p.Standard
	}
	checked := 0
	for _, p := range packages {
		name, ok := inModule(p.ImportPath)
		if !ok || name == "cmd" || strings.HasPrefix(name, "cmd/") {
			continue
		}
		checked++
		for _, path := range p.Imports {
			if imported, ok := inModule(path); ok {
				assert.Contains(t, allowedImports[name], imported, "package %q may not import %q", p.ImportPath, path)
			} else if !standard[path] {
				assert.True(t, slices.ContainsFunc(libraries[name], func(l string) bool { return strings.HasPrefix(path+"/", l+"/") }),
					"package %q may not import %q", p.ImportPath, path)
			}
		}
	}
	assert.GreaterOrEqual(t, checked, 8, "packages of the module")
}

// TestGateDependencies keeps what users of the gate inherit small.
func TestGateDependencies(t *testing.T) {
	t.Parallel()
	modules := map[string]bool{}
	for _, p := range goList(t, ".") {
		if p.Module != nil {
			modules[p.Module.Path] = true
		}
	}
	var got []string
	for m := range modules {
		got = append(got, m)
	}
	slices.Sort(got)
	assert.Equal(t, []string{modulePath, "github.com/cilium/ebpf", "golang.org/x/sys"}, got)
}

// TestNoTemplates keeps the packages out that call methods by name: with one of
// them the linker has to keep every exported method, and the command is 7 MB
// larger. The two that import text/template do not call it here.
func TestNoTemplates(t *testing.T) {
	t.Parallel()
	var users []string
	for _, p := range goList(t, "./cmd/btflint") {
		assert.NotEqual(t, "html/template", p.ImportPath)
		if slices.Contains(p.Imports, "text/template") {
			users = append(users, p.ImportPath)
		}
	}
	assert.Subset(t, []string{"github.com/spf13/cobra", "github.com/xeipuuv/gojsonschema"}, users)

	binary := filepath.Join(t.TempDir(), "btflint")
	out, err := exec.Command("go", "build", "-o", binary, "./cmd/btflint").CombinedOutput()
	require.NoError(t, err, "%s", out)
	symbols, err := exec.Command("go", "tool", "nm", binary).Output()
	require.NoError(t, err)
	require.Contains(t, string(symbols), "report.Write", "the symbols are those of the command")
	for _, name := range []string{"text/template.(*Template).Execute", "reflect.Value.MethodByName"} {
		assert.False(t, strings.Contains(string(symbols), name+"\n"), "the command holds %s", name)
	}
}

// TestSARIFInOneFile keeps the SARIF library replaceable.
func TestSARIFInOneFile(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`, "./report").Output()
	require.NoError(t, err)
	var users []string
	for _, path := range strings.Fields(string(out)) {
		if importsLibrary(t, path, "github.com/owenrumney/go-sarif") {
			users = append(users, path)
		}
	}
	assert.LessOrEqual(t, len(users), 1, "files of report that import the SARIF library: %v", users)
}

// importsLibrary reports whether the Go file imports a package of the module.
func importsLibrary(t *testing.T, path, library string) bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	require.NoError(t, err)
	for _, spec := range f.Imports {
		if strings.HasPrefix(strings.Trim(spec.Path.Value, `"`)+"/", library+"/") {
			return true
		}
	}
	return false
}
