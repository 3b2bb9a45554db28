package btflint_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// TestDocumentedPrograms builds every Go program of the README and of docs.
func TestDocumentedPrograms(t *testing.T) {
	t.Parallel()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("needs the go command: %v", err)
	}
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	built := 0
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, block := range strings.Split(string(text), "```go\n")[1:] {
			code, _, closed := strings.Cut(block, "\n```")
			require.True(t, closed, page)
			if !strings.HasPrefix(code, "package main") {
				continue // a part of one, or of several files, see TestShadowExample
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "main.go")
			require.NoError(t, os.WriteFile(file, []byte(code), 0o600))
			out, err := exec.Command(goTool, "build", "-o", filepath.Join(dir, "main"), file).CombinedOutput()
			assert.NoError(t, err, "%s: %s", page, out)
			built++
		}
	}
	assert.GreaterOrEqual(t, built, 2)
}

// TestShadowExample runs the example of docs/shadow-types.md, which stands on a
// generated file; where BPF is not permitted it is only built.
func TestShadowExample(t *testing.T) {
	t.Parallel()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("needs the go command: %v", err)
	}
	page, err := os.ReadFile("docs/shadow-types.md")
	require.NoError(t, err)
	code, err := os.ReadFile("testdata/shadow/example/main.go")
	require.NoError(t, err)
	assert.Contains(t, string(page), "```go\n"+string(code)+"```\n", "the page has the program as it is")

	binary := filepath.Join(t.TempDir(), "example")
	out, err := exec.Command(goTool, "build", "-o", binary, "./testdata/shadow/example").CombinedOutput()
	require.NoError(t, err, "%s", out)
	if err := canLoad(); err != nil || os.Geteuid() != 0 {
		t.Skipf("running it needs root and BPF: %v", err)
	}
	k, err := kernel.Running()
	if err != nil {
		t.Skipf("running it needs the kernel's BTF: %v", err)
	}
	defer k.Close()
	if btfgraph.First(k.Types, btfgraph.KindStruct, "bpf_struct_ops_tcp_congestion_ops") == btfgraph.Void {
		t.Skip("running it needs a kernel with tcp_congestion_ops")
	}
	out, err = exec.Command(binary).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, "loaded my_ops with flags 2\n", string(out))
}
