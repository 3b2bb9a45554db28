package kernel_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
)

// benchSymbols is the table that the environment names, else one made up of
// the size and shape of a distribution kernel's.
func benchSymbols(b *testing.B) []byte {
	b.Helper()
	if path := os.Getenv("BTFLINT_BENCH_SYMBOLS"); path != "" {
		data, err := os.ReadFile(path)
		require.NoError(b, err)
		return data
	}
	var text bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&text, "%016x t __pfx_subsystem%d_operation_%d\n", 0xffffffff81000000+uint64(i)*32, i%700, i)
		fmt.Fprintf(&text, "%016x T subsystem%d_operation_%d\n", 0xffffffff81000010+uint64(i)*32, i%700, i)
	}
	return text.Bytes()
}

// benchNames are 50 names of a table, spread over it.
func benchNames(data []byte) []string {
	lines := bytes.Split(data, []byte{'\n'})
	var names []string
	for i := range 50 {
		names = append(names, string(bytes.Fields(lines[i*len(lines)/50])[2]))
	}
	return names
}

// BenchmarkSymbols looks 50 names up in a fresh table.
func BenchmarkSymbols(b *testing.B) {
	data := benchSymbols(b)
	names := benchNames(data)
	b.Run("announced", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			s, err := kernel.NewSymbols(data)
			require.NoError(b, err)
			s.Prefetch(names...)
			for _, name := range names {
				if len(s.Lookup(name)) == 0 {
					b.Fatal(name)
				}
			}
		}
	})
	b.Run("unannounced", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			s, err := kernel.NewSymbols(data)
			require.NoError(b, err)
			for _, name := range names {
				if len(s.Lookup(name)) == 0 {
					b.Fatal(name)
				}
			}
		}
	})
}

// BenchmarkConfig looks an option up in a configuration of 10,000.
func BenchmarkConfig(b *testing.B) {
	var text bytes.Buffer
	for i := range 5000 {
		fmt.Fprintf(&text, "CONFIG_OPTION_%d=y\n# CONFIG_DRIVER_%d is not set\n", i, i)
	}
	text.WriteString("CONFIG_DEBUG_INFO_BTF=y\n")
	c, err := kernel.NewConfig(text.Bytes())
	require.NoError(b, err)
	b.ReportAllocs()
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, ok := c.Lookup("CONFIG_DEBUG_INFO_BTF"); !ok {
			b.Fatal("not found")
		}
	}
}
