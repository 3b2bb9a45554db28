package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

func TestLayoutDiffers(t *testing.T) {
	t.Parallel()
	b := new(btftest.Builder)
	u32 := b.Int("u32", 4, 0)
	u16 := b.Int("u16", 2, 0)
	pair := b.Struct("pair", 8, btftest.Member{Name: "a", Type: u32}, btftest.Member{Name: "b", Type: u32, BitOffset: 32})
	swapped := b.Struct("pair", 8, btftest.Member{Name: "b", Type: u32}, btftest.Member{Name: "a", Type: u32, BitOffset: 32})
	narrow := b.Struct("pair", 8, btftest.Member{Name: "a", Type: u16}, btftest.Member{Name: "b", Type: u32, BitOffset: 32})
	single := b.Struct("pair", 8, btftest.Member{Name: "a", Type: b.Array(u32, u32, 2)})
	union := b.Union("pair", 8, btftest.Member{Name: "a", Type: u32})
	tests := []struct {
		name          string
		local, kernel btftest.ID
		want          bool
	}{
		{"the same struct", pair, pair, false},
		{"typedef of it", b.Typedef("pair_t", pair), pair, false},
		{"members in another order", pair, swapped, true},
		{"member of another size", pair, narrow, true},
		{"fewer members", pair, single, true},
		{"union", pair, union, true},
		{"arrays of equal elements", b.Array(pair, u32, 2), b.Array(pair, u32, 2), false},
		{"arrays of other elements", b.Array(pair, u32, 2), b.Array(swapped, u32, 2), true},
		{"arrays of other lengths", b.Array(pair, u32, 2), b.Array(pair, u32, 3), true},
		{"scalars", u32, u16, false}, // their sizes are compared elsewhere
	}
	g := b.Graph(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, layoutDiffers(g, tt.local, g, tt.kernel))
		})
	}
}
