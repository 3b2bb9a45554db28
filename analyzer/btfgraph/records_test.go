package btfgraph_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

func TestRecords(t *testing.T) {
	t.Parallel()
	for _, order := range []btftest.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		b := &btftest.Builder{}
		u32 := b.Int("unsigned int", 4, 0)
		for range 9000 { // a large section has a sparse index
			b.Ptr(u32)
		}
		b.Struct("pair", 8, btftest.Member{Name: "a", Type: u32}, btftest.Member{Name: "b", Type: u32, BitOffset: 32})
		g, err := btfgraph.Open(b.Bytes(order), nil)
		require.NoError(t, err)

		r := g.Records()
		require.Len(t, r.Offsets, g.Len())
		assert.Equal(t, uint32(0), r.Offsets[0])
		assert.Equal(t, uint32(16), r.Offsets[1], "an INT takes 16 bytes")
		last := len(r.Offsets) - 2
		assert.Equal(t, uint32(16+9000*12), r.Offsets[last])
		assert.Equal(t, int(r.Offsets[last+1]), len(r.Types))
		assert.Equal(t, uint32(8), binary.LittleEndian.Uint32(r.Types[r.Offsets[last]+8:]), "size of the struct")

		asked, err := btfgraph.Open(b.Bytes(order), nil)
		require.NoError(t, err)
		require.Equal(t, g.Len(), asked.Len())
		assert.Equal(t, r, asked.Records(), "the same behind another question")
		assert.Equal(t, "pair", g.Name(btfgraph.ID(last)+1))
	}
}

func TestRecordsOfSplitBTF(t *testing.T) {
	t.Parallel()
	base := &btftest.Builder{}
	u32 := base.Int("unsigned int", 4, 0)
	split := btftest.NewSplit(base)
	split.Typedef("own", u32)
	g := split.Graph(t)

	r := g.Records()
	assert.Equal(t, []uint32{0, 12}, r.Offsets)
	assert.Equal(t, "own\x00", string(r.Strings))
	assert.Equal(t, uint32(14), r.StringBase, "NUL and \"unsigned int\"")
	empty := (&btftest.Builder{}).Graph(t).Records()
	assert.Empty(t, empty.Types)
	assert.Equal(t, []uint32{0}, empty.Offsets)
}
