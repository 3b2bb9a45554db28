package btfdiff_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/btfdiff"
)

// BenchmarkCompare compares the kernels cut out of real ones. "make bench" compares
// whole ones.
func BenchmarkCompare(b *testing.B) {
	old, now := openKernel(b, "btfdiff/5.10.btf"), openKernel(b, "btfdiff/7.3.btf")
	b.ReportAllocs()
	for b.Loop() {
		_, err := btfdiff.Compare(old, now, btfdiff.Options{})
		require.NoError(b, err)
	}
}
