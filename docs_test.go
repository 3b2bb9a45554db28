package btflint_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
				continue
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
