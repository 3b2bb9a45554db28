package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every command has a page, every shell its file, and writing twice writes the same.
func TestWrite(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	first, second := t.TempDir(), t.TempDir()
	require.NoError(t, write(first))
	require.NoError(t, write(second))
	for _, name := range []string{
		"man/btflint.1", "man/btflint-check.1", "man/btflint-explain.1", "man/btflint-plan.1",
		"man/btflint-completion.1", "man/btflint-completion-zsh.1",
		"completions/btflint.bash", "completions/_btflint", "completions/btflint.fish", "completions/btflint.ps1",
	} {
		data, err := os.ReadFile(filepath.Join(first, name))
		require.NoError(t, err)
		again, err := os.ReadFile(filepath.Join(second, name))
		require.NoError(t, err)
		assert.Equal(t, data, again, name)
		assert.Contains(t, string(data), "btflint", name)
	}
	page, err := os.ReadFile(filepath.Join(first, "man", "btflint-check.1"))
	require.NoError(t, err)
	assert.Contains(t, string(page), "Nov 2023")
	assert.Contains(t, string(page), `--kernel`)
}

func TestWriteErrors(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	assert.ErrorContains(t, write(t.TempDir()), "SOURCE_DATE_EPOCH")
	t.Setenv("SOURCE_DATE_EPOCH", "")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	assert.Error(t, write(file))
}
