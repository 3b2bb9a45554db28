package bpfobj_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// BenchmarkRead reads the object of OBJECT, or one of the testdata folder.
func BenchmarkRead(b *testing.B) {
	path := os.Getenv("OBJECT")
	if path == "" {
		path = filepath.Join(objects, "maps.o")
	}
	data, err := os.ReadFile(path)
	require.NoError(b, err)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := bpfobj.Read(path, data)
		require.NoError(b, err)
	}
}
