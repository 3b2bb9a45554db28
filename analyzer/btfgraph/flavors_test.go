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
		assert.Equal(t, []btfgraph.ID{later, first, fn}, btfgraph.AppendByStem(nil, g, "conn", cutLast), name)
		assert.Equal(t, []btfgraph.ID{other}, btfgraph.AppendByStem(nil, g, "conn___a", cutLast), name)
		assert.Equal(t, []btfgraph.ID{own}, btfgraph.AppendByStem(nil, g, "pid", cutLast), name)
		assert.Empty(t, btfgraph.AppendByStem(nil, g, "", cutLast), name)
		assert.Empty(t, btfgraph.AppendByStem(nil, g, "conn___init", cutLast), name)
	}
	assert.Empty(t, btfgraph.AppendByStem(nil, nil, "conn", cutLast))
}

// TestByStemLengths covers stems of every length around the 8 bytes by which
// names are told apart, found by the walk, by a visit after it and in the table.
func TestByStemLengths(t *testing.T) {
	t.Parallel()
	for n := 1; n < 20; n++ {
		stem := strings.Repeat("s", n)
		var b btftest.Builder
		b.Struct("s_", 0)
		plain, flavor := b.Struct(stem, 0), b.Struct(stem+"___v2", 0)
		b.Struct(stem+"__v3", 0)
		b.Struct(stem+"s___v4", 0)
		b.Struct(strings.Repeat("_", 30), 0)
		want := []btfgraph.ID{plain, flavor}

		announced := b.Graph(t)
		announced.Prefetch(stem, stem+btfgraph.FlavorSep)
		assert.Equal(t, want, btfgraph.AppendByStem(nil, announced, stem, cutLast), "walk, %d", n)
		visited := b.Graph(t)
		require.Equal(t, 7, visited.Len())
		assert.Equal(t, want, btfgraph.AppendByStem(nil, visited, stem, cutLast), "visits, %d", n)
		tabled := b.Graph(t)
		for i := range 5 {
			require.Equal(t, btfgraph.Void, btfgraph.First(tabled, btfgraph.KindVoid, fmt.Sprint("missing", i)))
		}
		assert.Equal(t, want, btfgraph.AppendByStem(nil, tabled, stem, cutLast), "table, %d", n)
	}
}

// TestByNameFlavors covers what the walk tells by less than a key: names that
// share their first 8 bytes, and names of fewer.
func TestByNameFlavors(t *testing.T) {
	t.Parallel()
	var b btftest.Builder
	bare, under := b.Struct("___x", 0), b.Struct("_____", 0)
	long := b.Struct("request_queue___a", 0)
	other, sock := b.Struct("request_sock___b___c", 0), b.Struct("request_sock", 0)
	b.Struct("request_", 0)
	page, empty := b.Struct("page___b", 0), b.Struct("page___", 0)
	b.Struct("page__b", 0)
	b.Struct("a___page___", 0)
	want := map[string][]btfgraph.ID{
		"___": {bare, under}, "request_queue___": {long}, "request_sock___": {other}, "request_sock___b___": {other},
		"request_sock": {sock}, "request_sock___b": nil, "page___": {page, empty}, "request_q___": nil, "_______": nil,
	}
	all := b.Graph(t)
	for name, ids := range want {
		announced := b.Graph(t)
		announced.Prefetch(name)
		assert.Equal(t, ids, slices.Collect(announced.ByName(btfgraph.KindVoid, name)), name)
		all.Prefetch(name, name)
	}
	for name, ids := range want {
		assert.Equal(t, ids, slices.Collect(all.ByName(btfgraph.KindVoid, name)), name)
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
	assert.Equal(t, []btfgraph.ID{inBase, again, own}, btfgraph.AppendByStem(nil, g, "conn", cutLast))
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
