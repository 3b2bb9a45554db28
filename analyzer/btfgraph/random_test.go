package btfgraph_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// anyName is a name of up to 20 bytes of three letters, so that many share their
// first 8 or 16 bytes, and many are flavors.
func anyName(rnd *rand.Rand) string {
	parts := []string{"a", "b", "_", "___", "bpf_prog", "bpf_prog_aux_all"}
	var name strings.Builder
	for range 1 + rnd.IntN(4) {
		name.WriteString(parts[rnd.IntN(len(parts))])
	}
	return name.String()
}

// anyTypes adds types of many kinds with such names and returns their names by id.
func anyTypes(rnd *rand.Rand, b *btftest.Builder, count int) map[btfgraph.ID]string {
	names := make(map[btfgraph.ID]string)
	for range count {
		name := anyName(rnd)
		var id btfgraph.ID
		switch rnd.IntN(8) {
		case 0:
			id = b.Int(name, 4, 0)
		case 1:
			id = b.Struct(name, 8, btftest.Member{Name: anyName(rnd), Type: 1})
		case 2:
			id = b.Enum(name, btftest.Value{Name: anyName(rnd), Value: 1}, btftest.Value{Name: anyName(rnd), Value: 2})
		case 3:
			id = b.Func(name, b.FuncProto(0, btftest.Param{Name: "p", Type: 1}), btfgraph.LinkageGlobal)
		case 4:
			id = b.Var(name, 1, btfgraph.LinkageGlobal)
		case 5:
			id = b.Datasec(name, 4, btftest.Secinfo{Type: 1, Size: 4})
		case 6:
			id = b.Typedef(name, 1)
		default:
			id = b.DeclTag(name, 1, -1)
		}
		names[id] = name
	}
	return names
}

// TestNamesRandom holds names found by the walk, by visits and by the table
// against a look at every type, whatever was announced before, how often and in
// which order; of a base with its split BTF, in both byte orders.
func TestNamesRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		for _, order := range []btftest.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			rnd := rand.New(rand.NewPCG(seed, 1))
			base := &btftest.Builder{}
			base.Int("int", 4, 0)
			names := anyTypes(rnd, base, 40)
			split := btftest.NewSplit(base)
			own := anyTypes(rnd, split, 40)
			b, err := btfgraph.Open(base.Bytes(order), nil)
			require.NoError(t, err)
			g, err := btfgraph.Open(split.Bytes(order), b)
			require.NoError(t, err)
			for id, name := range own {
				names[id] = name
			}
			for range rnd.IntN(4) {
				var announced []string
				for range rnd.IntN(30) {
					announced = append(announced, anyName(rnd))
				}
				g.Prefetch(announced...)
			}
			asked := []string{"___", "a___", "bpf_prog", "bpf_prog___", "missing"}
			for range 20 {
				asked = append(asked, anyName(rnd))
			}
			for _, name := range asked {
				checkNamed(t, fmt.Sprintf("seed %d, %v: %q", seed, order, name), g, names, name)
				if rnd.IntN(4) == 0 {
					g.Prefetch(anyName(rnd), name)
				}
			}
		}
	}
}

// checkNamed asks a graph for a name in every way.
func checkNamed(t *testing.T, what string, g *btfgraph.Raw, names map[btfgraph.ID]string, name string) {
	t.Helper()
	for _, kind := range []btfgraph.Kind{btfgraph.KindVoid, btfgraph.KindStruct, btfgraph.KindFunc} {
		var want []btfgraph.ID
		for id, n := range names {
			if kind != btfgraph.KindVoid && g.Kind(id) != kind {
				continue
			}
			if n == name || strings.HasSuffix(name, btfgraph.FlavorSep) && strings.HasPrefix(n, name) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		room := make([]btfgraph.ID, 1, 9)
		assert.Equal(t, want, slices.Collect(g.ByName(kind, name)), what)
		assert.Equal(t, append([]btfgraph.ID{0}, want...), btfgraph.AppendNamed(room, g, kind, name), what)
		first := btfgraph.Void
		if len(want) > 0 {
			first = want[0]
		}
		assert.Equal(t, first, btfgraph.First(g, kind, name), what)
	}
}

// TestOfKinds holds AppendOfKinds against a look at every type: of both byte
// orders, split BTF, a section that is cut, and a kind that nobody knows.
func TestOfKinds(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	base := &btftest.Builder{}
	base.Int("int", 4, 0)
	anyTypes(rnd, base, 200)
	split := btftest.NewSplit(base)
	anyTypes(rnd, split, 50)
	unknown := &btftest.Builder{}
	unknown.Int("int", 4, 0)
	unknown.Add("", 0, 0)
	unknown.Add("", 100<<24, 0)
	unknown.Int("char", 1, 0)
	graphs := make(map[string]btfgraph.Graph)
	for _, order := range []btftest.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		b, err := btfgraph.Open(base.Bytes(order), nil)
		require.NoError(t, err)
		s, err := btfgraph.Open(split.Bytes(order), b)
		require.NoError(t, err)
		u, err := btfgraph.Open(unknown.Bytes(order), nil)
		require.NoError(t, err)
		graphs["base "+order.String()], graphs["split "+order.String()], graphs["unknown "+order.String()] = b, s, u
		graphs["hidden "+order.String()] = struct{ btfgraph.Graph }{s}
	}
	for name, g := range graphs {
		for _, kinds := range []uint64{0, 1<<btfgraph.KindVar | 1<<btfgraph.KindFunc, 1 << btfgraph.KindInt, 1<<64 - 1} {
			var want []btfgraph.ID
			for id := g.FirstOwn(); int(id) < g.Len(); id++ {
				if k := g.Kind(id); k < 64 && kinds>>k&1 != 0 {
					want = append(want, id)
				}
			}
			assert.Equal(t, want, btfgraph.AppendOfKinds(nil, g, kinds), "%s, %#x", name, kinds)
		}
	}
}
