package btfdiff_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/btfdiff"
)

// TestManyNames compares kernels that have no struct in common, as many as make the
// index of names grow, and memory worth large pages.
func TestManyNames(t *testing.T) {
	t.Parallel()
	const n = 60_000
	structs := func(prefix string) func(b *builder, ty types) {
		return func(b *builder, ty types) {
			for i := range n {
				b.Struct(prefix+strconv.Itoa(i), 8, member{Name: "m", Type: ty.u64})
			}
		}
	}
	d := compare(t, built(t, "old", structs("old_")), built(t, "new", structs("new_")))
	require.Len(t, d.Changes, 2*n)
	for i := range d.Changes {
		want := btfdiff.Removed
		if d.Changes[i].Name[:4] == "new_" {
			want = btfdiff.Added
		}
		require.Equal(t, want, d.Changes[i].Change, d.Changes[i].Name)
	}
}

// TestMembersOfOneName compares structs that no compiler writes.
func TestMembersOfOneName(t *testing.T) {
	t.Parallel()
	named := func(names ...string) func(b *builder, ty types) {
		return func(b *builder, ty types) {
			var list []btftest.Member
			for i, name := range names {
				list = append(list, member{Name: name, Type: ty.u64, BitOffset: uint32(64 * i)})
			}
			b.Struct("s", uint32(8*len(names)), list...)
		}
	}
	d := compare(t, built(t, "old", named("first", "x", "x", "x", "last")), built(t, "new", named("last", "x", "x", "y", "first")))
	assert.Equal(t, []string{
		`relocatable "last" moved: offset 0 bytes, was offset 32 bytes`,
		`breaks "x" renamed to "y"`,
		`relocatable "first" moved: offset 32 bytes, was offset 0 bytes`,
	}, lines(find(d, btfdiff.KindStruct, "s")))
}
