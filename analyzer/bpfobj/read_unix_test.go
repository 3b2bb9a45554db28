//go:build unix

package bpfobj_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// TestReadFileSpecial opens nothing that could block or never end.
func TestReadFileSpecial(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.o")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	link := filepath.Join(dir, "link.o")
	require.NoError(t, os.Symlink("/dev/zero", link))
	large := filepath.Join(dir, "large.o")
	require.NoError(t, os.WriteFile(large, nil, 0o600))
	require.NoError(t, os.Truncate(large, 256<<20+1)) // sparse
	tests := []struct {
		name, path string
		want       error
		text       string
	}{
		{"directory", dir, bpfobj.ErrNotRegular, ": not a regular file but a directory"},
		{"pipe without a writer", pipe, bpfobj.ErrNotRegular, ": not a regular file but a pipe"},
		{"device without an end", "/dev/zero", bpfobj.ErrNotRegular, ": not a regular file but a device"},
		{"link to a device", link, bpfobj.ErrNotRegular, ": not a regular file but a device"},
		{"more than 256 MiB", large, bpfobj.ErrMalformed, ": malformed ELF file: 268435457 bytes, an object has at most 268435456"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := bpfobj.ReadFile(tt.path)
			require.ErrorIs(t, err, tt.want)
			assert.EqualError(t, err, tt.path+tt.text)
			assert.Nil(t, o)
		})
	}
	_, err := bpfobj.ReadFile(filepath.Join(dir, "absent.o"))
	assert.ErrorIs(t, err, fs.ErrNotExist)
}
