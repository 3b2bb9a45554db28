package btfgraph_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

var orders = []struct {
	name  string
	order btftest.ByteOrder
}{
	{"little endian", binary.LittleEndian},
	{"big endian", binary.BigEndian},
}

// specimen has every kind once; the ids are those of the order of calls.
func specimen() *btftest.Builder {
	b := &btftest.Builder{}
	i := b.Int("int", 4, btfgraph.IntSigned)                   // 1
	p := b.Ptr(i)                                              // 2
	b.Array(i, i, 7)                                           // 3
	s := b.Struct("s", 16, btftest.Member{Name: "a", Type: i}, // 4
		btftest.Member{Name: "b", Type: i, BitOffset: 35, Width: 3}) //
	b.Union("u", 8, btftest.Member{Name: "p", Type: p})                                                     // 5
	b.SignedEnum("e", btftest.Value{Name: "MINUS", Value: 1<<64 - 1}, btftest.Value{Name: "ONE", Value: 1}) // 6
	b.Fwd("f", true)                                                                                        // 7
	b.Typedef("t", s)                                                                                       // 8
	b.Volatile(i)                                                                                           // 9
	b.Const(i)                                                                                              // 10
	b.Restrict(p)                                                                                           // 11
	b.Func("fn", 13, btfgraph.LinkageGlobal)                                                                // 12
	b.FuncProto(i, btftest.Param{Name: "x", Type: p}, btftest.Param{})                                      // 13
	v := b.Var("v", i, btfgraph.LinkageExtern)                                                              // 14
	b.Datasec(".data", 12, btftest.Secinfo{Type: v, Offset: 8, Size: 4})                                    // 15
	b.Float("float", 4)                                                                                     // 16
	b.DeclTag("tag", 12, -1)                                                                                // 17
	b.TypeTag("user", i)                                                                                    // 18
	b.Enum64("e64", btftest.Value{Name: "BIG", Value: 1<<40 + 5})                                           // 19
	return b
}

func TestRawEveryKind(t *testing.T) {
	t.Parallel()
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			g, err := btfgraph.Open(specimen().Bytes(o.order), nil)
			require.NoError(t, err)
			require.NoError(t, g.Validate())
			require.Equal(t, 20, g.Len())
			assert.Equal(t, btfgraph.ID(1), g.FirstOwn())
			assert.Nil(t, g.Base())
			for id := btfgraph.ID(0); int(id) < g.Len(); id++ {
				assert.Equal(t, btfgraph.Kind(id), g.Kind(id), "id %d", id)
			}
			assert.Equal(t, "int", g.Name(1))
			assert.Equal(t, btfgraph.Int{Encoding: btfgraph.IntSigned, Bits: 32}, g.Int(1))
			assert.Equal(t, btfgraph.ID(1), g.Ref(2))
			assert.Equal(t, btfgraph.Array{Elem: 1, Index: 1, Nelems: 7}, g.Array(3))
			assert.Equal(t, uint32(16), g.Size(4))
			assert.Equal(t, 2, g.Vlen(4))
			assert.True(t, g.KindFlag(4))
			assert.Equal(t, btfgraph.Member{Name: "b", Type: 1, BitOffset: 35, BitfieldSize: 3}, g.Member(4, 1))
			assert.Equal(t, btfgraph.Enumerator{Name: "MINUS", Value: 1<<64 - 1}, g.Enumerator(6, 0))
			assert.True(t, g.KindFlag(7))
			assert.Equal(t, btfgraph.LinkageGlobal, g.Linkage(12))
			assert.Equal(t, 0, g.Vlen(12), "the vlen of a FUNC is its linkage")
			assert.Equal(t, btfgraph.Param{Name: "x", Type: 2}, g.Param(13, 0))
			assert.Equal(t, btfgraph.LinkageExtern, g.Linkage(14))
			assert.Equal(t, btfgraph.VarSecinfo{Type: 14, Offset: 8, Size: 4}, g.VarSecinfo(15, 0))
			assert.Equal(t, -1, g.ComponentIndex(17))
			assert.Equal(t, btfgraph.Enumerator{Name: "BIG", Value: 1<<40 + 5}, g.Enumerator(19, 0))
			assert.Equal(t, []btfgraph.ID{4}, slices.Collect(g.ByName(btfgraph.KindStruct, "s")))
			assert.True(t, g.Tagged(12, "tag"))
			assert.False(t, g.Tagged(13, "tag"))
			assert.True(t, g.HasTag("tag"))
			assert.False(t, g.HasTag("user"), "a TYPE_TAG is no DECL_TAG")
		})
	}
}

// splitSpecimen is a base and split BTF over it that names types and strings
// of both.
func splitSpecimen() (base, split *btftest.Builder) {
	base = specimen()
	split = btftest.NewSplit(base)
	p := split.Ptr(4)                                                   // 20
	split.Struct("s", 8, btftest.Member{Name: "a", Type: p})            // 21: the name of a base type
	split.Struct("mod_state", 8, btftest.Member{Name: "next", Type: 2}) // 22
	proto := split.FuncProto(8, btftest.Param{Name: "state", Type: 11}) // 23
	fn := split.Func("mod_fn", proto, btfgraph.LinkageStatic)           // 24
	split.DeclTag("bpf_kfunc", fn, -1)                                  // 25
	split.Array(3, 1, 2)                                                // 26
	split.Func("fn", 13, btfgraph.LinkageStatic)                        // 27
	return base, split
}

func TestRawSplit(t *testing.T) {
	t.Parallel()
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			b, s := splitSpecimen()
			base, err := btfgraph.Open(b.Bytes(o.order), nil)
			require.NoError(t, err)
			g, err := btfgraph.Open(s.Bytes(o.order), base)
			require.NoError(t, err)
			require.NoError(t, g.Validate())
			assert.Equal(t, btfgraph.ID(20), g.FirstOwn())
			assert.Equal(t, 28, g.Len())
			assert.Same(t, base, g.Base())
			assert.Equal(t, "float", g.Name(16))
			assert.Equal(t, "s", g.Name(21), "string of the base")
			assert.Equal(t, "mod_state", g.Name(22))
			assert.Equal(t, btfgraph.Member{Name: "next", Type: 2}, g.Member(22, 0))
			assert.Equal(t, []btfgraph.ID{4, 21}, slices.Collect(g.ByName(btfgraph.KindStruct, "s")))
			assert.Equal(t, []btfgraph.ID{4}, slices.Collect(base.ByName(btfgraph.KindStruct, "s")))
			assert.Equal(t, []btfgraph.ID{22}, slices.Collect(g.ByName(btfgraph.KindVoid, "mod_state")))
			assert.True(t, g.Tagged(24, "bpf_kfunc"))
			assert.True(t, g.Tagged(12, "tag"), "tag of the base")
			assert.True(t, g.HasTag("bpf_kfunc"))
			assert.True(t, g.HasTag("tag"))
			assert.False(t, base.HasTag("bpf_kfunc"))
		})
	}
}
