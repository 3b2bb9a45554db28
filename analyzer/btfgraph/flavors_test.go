package btfgraph_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// cutLast is the flavor as cilium/ebpf sees it.
func cutLast(name string) string {
	if i := strings.LastIndex(name, "___"); i > 0 {
		return name[:i]
	}
	return name
}

func TestByStem(t *testing.T) {
	t.Parallel()
	var b btftest.Builder
	i32 := b.Int("int", 4, btfgraph.IntSigned)
	later := b.Struct("conn___init", 0)
	first := b.Struct("conn", 0)
	b.Struct("connect", 0)
	fn := b.Func("conn", b.FuncProto(i32), btfgraph.LinkageGlobal)
	b.Struct("conn__x", 0)
	other := b.Struct("conn___a___b", 0)
	own := b.Struct("pid___v2", 0)
	g := b.Graph(t)
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.Bytes(binary.LittleEndian)))
	require.NoError(t, err)
	fromSpec, err := btfgraph.FromSpec(spec)
	require.NoError(t, err)

	for name, g := range map[string]btfgraph.Graph{"raw": g, "spec": fromSpec} {
		g.Prefetch("conn", "conn"+btfgraph.FlavorSep)
		assert.Equal(t, []btfgraph.ID{later, first, fn}, slices.Collect(btfgraph.ByStem(g, "conn", cutLast)), name)
		assert.Equal(t, []btfgraph.ID{other}, slices.Collect(btfgraph.ByStem(g, "conn___a", cutLast)), name)
		assert.Equal(t, []btfgraph.ID{own}, slices.Collect(btfgraph.ByStem(g, "pid", cutLast)), name)
		assert.Empty(t, slices.Collect(btfgraph.ByStem(g, "", cutLast)), name)
		assert.Empty(t, slices.Collect(btfgraph.ByStem(g, "conn___init", cutLast)), name)
	}
	assert.Empty(t, slices.Collect(btfgraph.ByStem(nil, "conn", cutLast)))
}

// TestByStemPlaces puts a flavored name at every distance from the start of
// the strings, because their search goes by blocks.
func TestByStemPlaces(t *testing.T) {
	t.Parallel()
	for pad := range 70 {
		for _, name := range []string{"x___y", "ab___", "sk_buff___longer_than_others"} {
			var b btftest.Builder
			b.Struct(strings.Repeat("p", pad), 0)
			id := b.Struct(name, 0)
			b.Struct(strings.Repeat("_q", 20), 0)
			stem, _, _ := strings.Cut(name, "___")
			got := slices.Collect(btfgraph.ByStem(b.Graph(t), stem, cutLast))
			assert.Equal(t, []btfgraph.ID{id}, got, fmt.Sprint(name, " after ", pad))
		}
	}
}

func TestByStemSplit(t *testing.T) {
	t.Parallel()
	var base btftest.Builder
	inBase := base.Struct("conn___old", 0)
	split := btftest.NewSplit(&base)
	again := split.Struct("conn___old", 0) // named by a string of the base
	own := split.Struct("conn___new", 0)
	g := split.Graph(t)
	g.Prefetch("conn___")
	assert.Equal(t, []btfgraph.ID{inBase, again, own}, slices.Collect(btfgraph.ByStem(g, "conn", cutLast)))
}

func TestNextMember(t *testing.T) {
	t.Parallel()
	var b btftest.Builder
	i32 := b.Int("int", 4, btfgraph.IntSigned)
	anon := b.Struct("", 4, btftest.Member{Name: "c", Type: i32})
	id := b.Struct("s", 16,
		btftest.Member{Name: "a", Type: i32}, btftest.Member{Type: anon, BitOffset: 32},
		btftest.Member{Name: "ab", Type: i32, BitOffset: 64}, btftest.Member{Name: "a", Type: i32, BitOffset: 96})
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.Bytes(binary.LittleEndian)))
	require.NoError(t, err)
	fromSpec, err := btfgraph.FromSpec(spec)
	require.NoError(t, err)
	for name, g := range map[string]btfgraph.Graph{"raw": b.Graph(t), "spec": fromSpec} {
		assert.Equal(t, 0, btfgraph.NextMember(g, id, 0, "a"), name)
		assert.Equal(t, 1, btfgraph.NextMember(g, id, 1, "a"), name)
		assert.Equal(t, 3, btfgraph.NextMember(g, id, 2, "a"), name)
		assert.Equal(t, 2, btfgraph.NextMember(g, id, 2, "ab"), name)
		assert.Equal(t, -1, btfgraph.NextMember(g, id, 4, "a"), name)
		assert.Equal(t, -1, btfgraph.NextMember(g, i32, 0, "a"), name)
		assert.Equal(t, -1, btfgraph.NextMember(g, 99, 0, "a"), name)
	}
}
