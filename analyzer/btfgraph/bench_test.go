package btfgraph_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// benchBTF is the BTF of the file that the environment names, else of the
// running kernel.
func benchBTF(b *testing.B) []byte {
	b.Helper()
	path := os.Getenv("BTFLINT_BENCH_BTF")
	if path == "" {
		path = "/sys/kernel/btf/vmlinux"
	}
	data, err := os.ReadFile(path)
	if err != nil {
		b.Skipf("no BTF: %v", err)
	}
	return data
}

// benchNames are 50 distinct names spread over the types of a graph.
func benchNames(b *testing.B, data []byte) []string {
	b.Helper()
	g, err := btfgraph.Open(data, nil)
	require.NoError(b, err)
	seen := make(map[string]bool)
	var names []string
	for id := btfgraph.ID(1); int(id) < g.Len() && len(names) < 50; id += btfgraph.ID(g.Len() / 200) {
		name := g.Name(id)
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// BenchmarkWalk is the floor: from record to record, with bounds and kinds
// checked and nothing kept.
func BenchmarkWalk(b *testing.B) {
	data := benchBTF(b)
	hdr := binary.LittleEndian.Uint32(data[4:])
	types := data[hdr+binary.LittleEndian.Uint32(data[8:]):][:binary.LittleEndian.Uint32(data[12:])]
	extra := [20]uint8{1: 4, 3: 12, 14: 4, 17: 4}
	elem := [20]uint8{4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for off := 0; off < len(types); n++ {
			if len(types)-off < 12 {
				b.Fatal("truncated")
			}
			info := binary.LittleEndian.Uint32(types[off+4:])
			kind := info >> 24 & 0x7f
			if kind == 0 || kind > 19 {
				b.Fatal("unknown kind")
			}
			off += 12
			if e, x := elem[kind], extra[kind]; e|x != 0 {
				off += int(x) + int(info&0xffffff)*int(e)
			}
		}
		if n == 0 {
			b.Fatal("no types")
		}
	}
}

func BenchmarkFind50(b *testing.B) {
	data := benchBTF(b)
	names := benchNames(b, data)
	b.ReportAllocs()
	for b.Loop() {
		g, err := btfgraph.Open(data, nil)
		if err != nil {
			b.Fatal(err)
		}
		g.Prefetch(names...)
		for _, name := range names {
			if btfgraph.First(g, btfgraph.KindVoid, name) == btfgraph.Void {
				b.Fatal(name)
			}
		}
		if err := g.Err(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSpecFind50 asks cilium/ebpf for the same names.
func BenchmarkSpecFind50(b *testing.B) {
	data := benchBTF(b)
	names := benchNames(b, data)
	b.ReportAllocs()
	for b.Loop() {
		spec, err := btf.LoadSpecFromReader(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			_, _ = spec.AnyTypesByName(name) // a declaration tag is not found
		}
	}
}
