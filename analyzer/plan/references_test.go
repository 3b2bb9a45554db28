package plan_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
)

// TestReferences edits the references of sound objects into some that no
// compiler makes.
func TestReferences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, object string
		edit         func(m *image)
		want         string // of libbpf, the end of a refusal; "" for none
	}{
		{"sound calls", "subprogs.o", func(*image) {}, ""},
		{"target between instructions", "subprogs.o", func(m *image) { put64(m.symbol("global_sub")[8:], 4) }, "is at offset 4, between instructions"},
		{
			"no call of a function", "subprogs.o", func(m *image) { m.contents("socket")[0x19] = 0 },
			"is called by an instruction that is no call of a function",
		},
		{"no start of a map", "maps.o", func(m *image) {
			put16(m.symbol("in_data")[6:], uint16(m.section(".maps")))
			put64(m.symbol("in_data")[8:], 8)
		}, `is at offset 8 of ".maps", where no map starts`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newImage(t, filepath.Join("..", "objects", tt.object))
			tt.edit(m)
			var got []string
			for _, r := range plan.Make(m.object(), nil, plan.Libbpf, plan.Options{}).Refusals {
				if r.Code == plan.RefuseCall || r.Code == plan.RefuseReference {
					got = append(got, r.Detail)
				}
			}
			if tt.want == "" {
				assert.Empty(t, got)
				return
			}
			assert.Contains(t, strings.Join(got, "\n"), tt.want)
		})
	}
}
