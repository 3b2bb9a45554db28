package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPages checks that docs/rules is what "make docs" writes, and that pages
// of rules that are gone are removed.
func TestPages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gone := filepath.Join(dir, "gone.md")
	require.NoError(t, os.WriteFile(gone, nil, 0o600))
	var stderr bytes.Buffer
	code := cli.Main(t.Context(), []string{"rules", "--markdown", dir}, cli.Streams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, Err: &stderr})
	require.Equal(t, 0, code, stderr.String())
	assert.NoFileExists(t, gone)
	assert.Equal(t, pages(t, dir), pages(t, filepath.Join("docs", "rules")), "run make docs")
}

// TestLoadersPage checks that docs/loaders.md is what "make docs" writes.
func TestLoadersPage(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), []string{"loaders", "--format", "markdown"}, cli.Streams{In: &bytes.Buffer{}, Out: &stdout, Err: &stderr})
	require.Equal(t, 0, code, stderr.String())
	page, err := os.ReadFile(filepath.Join("docs", "loaders.md"))
	require.NoError(t, err)
	assert.Equal(t, string(page), stdout.String(), "run make docs")
}

// pages are the files of a directory by name.
func pages(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(b)
	}
	return files
}
