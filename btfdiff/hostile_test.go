package btfdiff_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/btfdiff"
)

// nested are anonymous structs that hold the next one twice, the outermost last:
// whoever looks into both each time never comes to an end.
func nested(b *builder, inner btftest.ID, depth int, name string) btftest.ID {
	for range depth {
		inner = b.Struct("", 8, member{Name: name, Type: inner}, member{Name: "b", Type: inner, BitOffset: 32})
	}
	return inner
}

// TestHostileTypes compares small BTF that takes long if it is done naively: the
// test fails by its deadline, or by what it finds.
func TestHostileTypes(t *testing.T) {
	t.Parallel()
	const many = 20_000
	tests := []struct {
		name  string
		build func(b *builder, t types, of string) // of is "old" or "new"
		want  int                                  // details of all changes, -1: refused
	}{
		{"what only a typedef of one kernel leads to", func(b *builder, t types, of string) {
			elem := nested(b, t.u32, 60, of)
			b.Struct("s", 8, member{Name: "m", Type: b.Typedef(of, b.Array(elem, t.u32, 2))})
		}, 1},
		{"what only a function of one kernel leads to", func(b *builder, t types, of string) {
			at := b.Ptr(b.Array(nested(b, t.u32, 60, "x"), t.u32, 2))
			name := map[string]string{"old": "f", "new": "f_impl"}[of]
			params := []param{{Type: at}, {Type: t.u32}}[:map[string]int{"old": 1, "new": 2}[of]]
			b.DeclTag("bpf_kfunc", b.Func("tagged", b.FuncProto(0), 0), -1)
			b.DeclTag("bpf_kfunc", b.Func(name, b.FuncProto(0, params...), 0), -1)
		}, 2},
		{"long paths to members", func(b *builder, t types, of string) {
			b.Struct("s", 8, member{Name: "m", Type: nested(b, b.Struct("", 4, member{Name: of, Type: t.u32}), 24, strings.Repeat("x", 2000))})
		}, -1},
		{"tags of the parameters of a function", func(b *builder, t types, of string) {
			f := b.Func("f", b.FuncProto(0, make([]param, 1000)...), 0)
			for i := range many {
				b.DeclTag(of+strconv.Itoa(i), f, i%1000)
			}
		}, 2 * many},
		{"names of one number", func(b *builder, _ types, of string) {
			values := make([]value, many)
			for i := range values {
				values[i].Name = of + strconv.Itoa(i)
			}
			b.Enum("bpf_map_type", values...)
		}, 4 * many},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			old := built(t, "old", func(b *builder, ty types) { tt.build(b, ty, "old") })
			now := built(t, "new", func(b *builder, ty types) { tt.build(b, ty, "new") })
			d, err := btfdiff.Compare(old, now, btfdiff.Options{})
			if tt.want < 0 {
				assert.ErrorIs(t, err, btfdiff.ErrTooComplex)
				return
			}
			require.NoError(t, err)
			n := 0
			for i := range d.Changes {
				n += len(d.Changes[i].Details)
			}
			assert.Equal(t, tt.want, n)
		})
	}
}
