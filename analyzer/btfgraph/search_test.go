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

// searchGraphs are a graph whose index has every record, one whose index has
// every eighth, split ones, one of the other byte order, and one over a Spec.
func searchGraphs(t *testing.T) map[string]btfgraph.Graph {
	t.Helper()
	base, split := splitSpecimen()
	large := &btftest.Builder{}
	for i := range 12_000 {
		name := fmt.Sprintf("t%d_%d", i%10, i)
		switch i % 5 {
		case 0:
			large.Struct(name, uint32(i), slices.Repeat([]btftest.Member{{Name: "m"}}, i%5)...)
		case 1:
			large.Typedef(name, 0)
		case 2:
			large.Func(name, 0, btfgraph.LinkageStatic)
		case 3:
			large.Enum("", btftest.Value{Name: "E_" + name}, btftest.Value{Name: fmt.Sprint("E", i%7)})
		default:
			large.Enum64(name[:1], btftest.Value{Name: fmt.Sprint("E", i%9)})
		}
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(large.Bytes(binary.LittleEndian)))
	require.NoError(t, err)
	fromSpec, err := btfgraph.FromSpec(spec)
	require.NoError(t, err)
	swapped, err := btfgraph.Open(large.Bytes(binary.BigEndian), nil)
	require.NoError(t, err)
	return map[string]btfgraph.Graph{
		"small": specimen().Graph(t), "base": base.Graph(t), "split": split.Graph(t),
		"large": large.Graph(t), "spec": fromSpec, "big-endian": swapped,
	}
}

func TestStartingWith(t *testing.T) {
	t.Parallel()
	for name, g := range searchGraphs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, prefix := range []string{"s", "e", "mod_", "t", "t1", "t1_", "t3_13", "t5_11995", "t5_119950", "none"} {
				var want []btfgraph.ID
				for id := btfgraph.ID(1); int(id) < g.Len(); id++ {
					switch g.Kind(id) {
					case btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindTypedef:
						if strings.HasPrefix(g.Name(id), prefix) {
							want = append(want, id)
						}
					}
				}
				assert.Equal(t, want, slices.Collect(btfgraph.StartingWith(g, prefix)), prefix)
				for id := range btfgraph.StartingWith(g, prefix) {
					assert.Equal(t, want[0], id)
					break
				}
			}
			assert.Empty(t, slices.Collect(btfgraph.StartingWith(g, "")))
		})
	}
}

func TestEnumsWith(t *testing.T) {
	t.Parallel()
	for name, g := range searchGraphs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, enumerator := range []string{"A", "B", "E", "E3", "E8", "E_t3_13", "E_t", "E_t3_193", "E_t3_11993", "none"} {
				var want []btfgraph.ID
				for id := btfgraph.ID(1); int(id) < g.Len(); id++ {
					for i := range g.Vlen(id) {
						if k := g.Kind(id); (k == btfgraph.KindEnum || k == btfgraph.KindEnum64) && g.Enumerator(id, i).Name == enumerator {
							want = append(want, id)
							break
						}
					}
				}
				assert.Equal(t, want, slices.Collect(btfgraph.EnumsWith(g, enumerator)), enumerator)
				for id := range btfgraph.EnumsWith(g, enumerator) {
					assert.Equal(t, want[0], id)
					break
				}
			}
		})
	}
}

// TestStart has names that are announced before the first walk, and so need no
// pass of their own.
func TestStart(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	integer := b.Int("int", 4, btfgraph.IntSigned)
	complete := b.Struct("trace_event_raw_block_rq_completion", 4)
	issue := b.Struct("trace_event_raw_block_rq", 4)
	b.Func("trace_event_raw_block_rq_complete", b.FuncProto(integer), btfgraph.LinkageStatic)
	b.Struct("trace_even", 4)
	g := b.Graph(t)
	assert.Empty(t, btfgraph.Start("trace_e"), "too short")
	for _, name := range []string{"trace_event_raw_block_rq_complete", "trace_event_raw_block_rq", "no_such_name"} {
		g.Prefetch(btfgraph.Start(name))
	}
	tests := []struct {
		prefix string
		want   []btfgraph.ID
	}{
		{"trace_event_raw_block_rq_complet", []btfgraph.ID{complete}},
		{"trace_event_raw_block_rq", []btfgraph.ID{complete, issue}},
		{"trace_event_raw_none", nil},
		{"no_such_name", nil},
		{"trace_", []btfgraph.ID{complete, issue, issue + 3}}, // not announced
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, slices.Collect(btfgraph.StartingWith(g, tt.prefix)), tt.prefix)
	}
}
