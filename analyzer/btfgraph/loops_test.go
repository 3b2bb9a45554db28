package btfgraph_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

func member(id btfgraph.ID) btftest.Member { return btftest.Member{Name: "m", Type: id} }

func TestValidateLoops(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		build func(b *btftest.Builder)
		want  string // "" if it is valid
	}{
		{"typedef of itself", func(b *btftest.Builder) { b.Typedef("t", 1) }, "type 1: TYPEDEF leads back to itself"},
		{"two typedefs", func(b *btftest.Builder) { b.Typedef("a", 2); b.Typedef("b", 1) }, "type 1: TYPEDEF"},
		{"entered from outside", func(b *btftest.Builder) { b.Const(2); b.Volatile(3); b.TypeTag("x", 2) }, "type 2: VOLATILE"},
		{"qualifiers", func(b *btftest.Builder) { b.Const(2); b.Restrict(1) }, "type 1: CONST"},
		{"array of itself", func(b *btftest.Builder) { b.Array(1, 2, 3); b.Int("int", 4, 0) }, "type 1: ARRAY"},
		{"struct in itself", func(b *btftest.Builder) { b.Struct("s", 4, member(0), member(1)) }, "type 1: STRUCT"},
		{"struct in its union", func(b *btftest.Builder) { b.Struct("s", 4, member(2)); b.Union("u", 4, member(3)); b.Typedef("t", 1) }, "type 1: STRUCT"},
		{"variable", func(b *btftest.Builder) { b.Var("v", 2, btfgraph.LinkageGlobal); b.Var("w", 1, btfgraph.LinkageGlobal) }, "type 1: VAR"},
		{"declaration tag", func(b *btftest.Builder) { b.DeclTag("d", 1, -1) }, "type 1: DECL_TAG"},
		{"second of two loops", func(b *btftest.Builder) { b.Ptr(1); b.Typedef("t", 2); b.Const(3) }, "type 2: TYPEDEF"},
		{"pointer to itself", func(b *btftest.Builder) { b.Ptr(1) }, ""},
		{"list", func(b *btftest.Builder) { b.Struct("list_head", 16, member(2), member(2)); b.Ptr(1) }, ""},
		{"function that takes its own type", func(b *btftest.Builder) {
			b.Typedef("fn_t", 2)
			b.Ptr(3)
			b.FuncProto(0, btftest.Param{Name: "f", Type: 1})
		}, ""},
		{"one type in many places", func(b *btftest.Builder) {
			b.Struct("a", 8, member(2), member(2))
			b.Struct("b", 4, member(4))
			b.Union("c", 8, member(1), member(2))
			b.Const(5)
			b.Int("int", 4, 0)
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &btftest.Builder{}
			tt.build(b)
			g := b.Graph(t)
			require.NoError(t, g.Err())
			if tt.want == "" {
				assert.NoError(t, g.Validate())
				return
			}
			assert.ErrorContains(t, g.Validate(), tt.want)
			touch(g)
		})
	}
}

// chains has a chain of n references of each kind that walks follow, and what
// it ends at: void for the first one.
func chains(n int) (b *btftest.Builder, ends map[btfgraph.ID]btfgraph.ID) {
	b, ends = &btftest.Builder{}, map[btfgraph.ID]btfgraph.ID{}
	i := b.Int("int", 4, btfgraph.IntSigned)
	at := func(end btfgraph.ID, add func(to btfgraph.ID) btfgraph.ID) {
		id := end
		for range n {
			id = add(id)
		}
		ends[id] = end
	}
	at(btfgraph.Void, func(to btfgraph.ID) btfgraph.ID { return b.Const(to) })
	at(i, func(to btfgraph.ID) btfgraph.ID { return b.Typedef("t", to) })
	at(i, func(to btfgraph.ID) btfgraph.ID { return b.TypeTag("tag", to) })
	return b, ends
}

func TestValidateChain(t *testing.T) {
	t.Parallel()
	b, ends := chains(64)
	g := b.Graph(t)
	require.NoError(t, g.Validate())
	for id, end := range ends {
		assert.Equal(t, end, btfgraph.SkipModsAndTypedefs(g, id), "id %d", id)
		_, ok := btfgraph.SizeOf(g, id)
		assert.Equal(t, end != btfgraph.Void, ok, "id %d", id)
	}
	b, _ = chains(65)
	assert.EqualError(t, b.Graph(t).Validate(), "type 66: chain of more than 64 typedefs, qualifiers and arrays")
}

// A chain that is stored from its end on is walked from the middle.
func TestValidateChainBackwards(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	for id := btfgraph.ID(1); id < 70; id++ {
		b.Typedef("t", id+1)
	}
	b.Float("float", 4)
	g := b.Graph(t)
	assert.EqualError(t, g.Validate(), "type 5: chain of more than 64 typedefs, qualifiers and arrays")
	assert.Equal(t, btfgraph.Void, btfgraph.SkipModsAndTypedefs(g, 5))
	assert.Equal(t, btfgraph.ID(70), btfgraph.SkipModsAndTypedefs(g, 6))
}

// Pointers may follow each other without end, and so may members.
func TestValidateDeep(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	const n = 100_000
	for id := btfgraph.ID(1); id < n; id++ {
		if id%2 == 0 {
			b.Ptr(id + 1)
		} else {
			b.Struct("s", 4, member(id+1))
		}
	}
	b.Struct("end", 4)
	for id := btfgraph.ID(n + 1); id < 2*n; id++ {
		b.Struct("s", 4, member(id+1))
	}
	b.Struct("end", 4)
	g := b.Graph(t)
	require.NoError(t, g.Validate())
	assert.Equal(t, 2*n+1, g.Len())
}

func TestValidateSplitLoop(t *testing.T) {
	t.Parallel()
	base, split := splitSpecimen()
	split.Typedef("loop", 29) // 28
	split.Struct("s", 4, member(4), member(28))
	assert.EqualError(t, split.Graph(t).Validate(), "type 28: TYPEDEF leads back to itself")
	assert.NoError(t, base.Graph(t).Validate())
}
