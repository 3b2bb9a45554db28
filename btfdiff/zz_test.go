package btfdiff_test

import (
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
	"os"
	"testing"
)

func BenchmarkZZ(b *testing.B) {
	for b.Loop() {
		x, _ := kernel.Open(kernel.Spec{Types: os.Getenv("A")})
		y, _ := kernel.Open(kernel.Spec{Types: os.Getenv("B")})
		if _, err := btfdiff.Compare(x, y, btfdiff.Options{}); err != nil {
			b.Fatal(err)
		}
		x.Close()
		y.Close()
	}
}
