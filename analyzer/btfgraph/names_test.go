package btfgraph_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// manyNames has every name twice, names that share their first 8 bytes, and
// names of every length up to 20.
func manyNames() (*btftest.Builder, map[string][]btfgraph.ID) {
	b := &btftest.Builder{}
	want := make(map[string][]btfgraph.ID)
	add := func(name string) { want[name] = append(want[name], b.Float(name, 4)) }
	for range 2 {
		for n := 1; n <= 20; n++ {
			add(strings.Repeat("x", n))
		}
		for n := range 30 {
			add(fmt.Sprintf("bpf_map_%d", n))
		}
		b.Ptr(1)
	}
	add("last") // fewer than 8 bytes before the end of the strings
	return b, want
}

func TestRawByName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		announce func(names []string) []string
		reverse  bool
	}{
		{"all announced", func(names []string) []string { return names }, false},
		{"none announced", func([]string) []string { return nil }, false},
		{"half announced", func(names []string) []string { return names[:len(names)/2] }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, want := manyNames()
			g := b.Graph(t)
			var names []string
			for name := range want {
				names = append(names, name)
			}
			slices.Sort(names)
			g.Prefetch(tt.announce(names)...)
			if tt.reverse {
				slices.Reverse(names)
			}
			for range 2 {
				for _, name := range names {
					assert.Equal(t, want[name], slices.Collect(g.ByName(btfgraph.KindVoid, name)), name)
					assert.Equal(t, want[name], slices.Collect(g.ByName(btfgraph.KindFloat, name)), name)
					assert.Equal(t, btfgraph.Void, btfgraph.First(g, btfgraph.KindInt, name), name)
				}
			}
			for _, name := range []string{"", "absent", "bpf_map_", "xx\x00", strings.Repeat("x", 21)} {
				assert.Empty(t, slices.Collect(g.ByName(btfgraph.KindVoid, name)), "%q", name)
			}
		})
	}
}

// Names announced between questions are answered by one more visit.
func TestRawPrefetchLate(t *testing.T) {
	t.Parallel()
	b, want := manyNames()
	g := b.Graph(t)
	assert.Equal(t, 1+2*(20+30+1)+1, g.Len(), "the walk is over")
	g.Prefetch("last", "absent", "bpf_map_7")
	for _, name := range []string{"bpf_map_7", "last", "absent"} {
		assert.Equal(t, want[name], slices.Collect(g.ByName(btfgraph.KindVoid, name)), name)
	}
}

func TestRawByNameStops(t *testing.T) {
	t.Parallel()
	b, s := splitSpecimen()
	for _, g := range []btfgraph.Graph{b.Graph(t), s.Graph(t)} {
		n := 0
		for range g.ByName(btfgraph.KindVoid, "s") {
			n++
			break
		}
		assert.Equal(t, 1, n)
	}
}

func TestRawConcurrentNames(t *testing.T) {
	t.Parallel()
	b, want := manyNames()
	g := b.Graph(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for name, ids := range want {
				g.Prefetch(name)
				assert.Equal(t, ids, slices.Collect(g.ByName(btfgraph.KindVoid, name)), name)
			}
		})
	}
	wg.Wait()
}

// A name may start within another one: linkers of strings share tails.
func TestRawNameInTail(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	off := b.String("long_name_of_a_type")
	id := b.Raw(off+5, btftest.Info(btfgraph.KindFloat, 0, false), 4)
	g := b.Graph(t)
	assert.Equal(t, "name_of_a_type", g.Name(id))
	assert.Equal(t, id, btfgraph.First(g, btfgraph.KindFloat, "name_of_a_type"))
}
