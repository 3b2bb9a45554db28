package btfgraph_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// TestRawLarge asks for every id of a section that is too large for an index
// of every record, with names to be found at every place between its entries.
func TestRawLarge(t *testing.T) {
	t.Parallel()
	const n = 20_000
	b := &btftest.Builder{}
	wanted := make(map[string][]btfgraph.ID)
	for i := range n {
		name := fmt.Sprintf("t%d", i%1000)
		var id btfgraph.ID
		switch i % 7 {
		case 0:
			id = b.Struct(name, uint32(i), slices.Repeat([]btftest.Member{{Name: "m"}}, i%5)...)
		case 1:
			id = b.Typedef(name, 0)
		case 2:
			id = b.DeclTag(name, btfgraph.ID(i), -1)
		case 3:
			b.Ptr(btfgraph.ID(i))
			continue
		default:
			id = b.Enum(name, btftest.Value{Name: "E", Value: uint64(i)})
		}
		if i%1000 < 40 {
			wanted[name] = append(wanted[name], id)
		}
	}
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			g, err := btfgraph.Open(b.Bytes(o.order), nil)
			require.NoError(t, err)
			g.Prefetch("t0", "t1", "t2", "t7", "t15", "t31")
			require.NoError(t, g.Validate())
			require.Equal(t, n+1, g.Len())
			for name, ids := range wanted {
				assert.Equal(t, ids, slices.Collect(g.ByName(btfgraph.KindVoid, name)), name)
			}
			for i := range n {
				id := btfgraph.ID(i + 1)
				kind := [...]btfgraph.Kind{
					btfgraph.KindStruct, btfgraph.KindTypedef, btfgraph.KindDeclTag, btfgraph.KindPtr,
					btfgraph.KindEnum, btfgraph.KindEnum, btfgraph.KindEnum,
				}[i%7]
				if !assert.Equal(t, kind, g.Kind(id), "id %d", id) {
					return
				}
				switch kind {
				case btfgraph.KindStruct:
					assert.Equal(t, uint32(i), g.Size(id))
				case btfgraph.KindPtr, btfgraph.KindDeclTag:
					assert.Equal(t, btfgraph.ID(i), g.Ref(id))
				case btfgraph.KindEnum:
					assert.Equal(t, uint64(i), g.Enumerator(id, 0).Value)
				}
				if kind == btfgraph.KindDeclTag {
					assert.True(t, g.Tagged(btfgraph.ID(i), g.Name(id)))
				}
			}
		})
	}
}
