package btfdiff_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/btfdiff"
)

// TestTypesThatHoldEachOther compares types that no C compiler writes: what has no
// name can only hold itself by way of what has one.
func TestTypesThatHoldEachOther(t *testing.T) {
	t.Parallel()
	// callback is a pointer to a prototype that takes such a pointer, by way of
	// as many others of its kind, and last what arg says.
	callback := func(b *builder, through int, ret, arg btftest.ID) btftest.ID {
		first := b.Ptr(0) + 1
		for i := range through + 1 {
			proto := first + btftest.ID(2*i)
			next := proto + 3
			if i == through {
				next = first + 1
			}
			b.FuncProto(ret, param{Type: next}, param{Type: arg})
			b.Ptr(proto)
		}
		return first + 1
	}
	chain := func(b *builder, n int, id btftest.ID) btftest.ID {
		for range n {
			id = b.Ptr(id)
		}
		return id
	}
	tests := []struct {
		name     string
		old, new func(b *builder, t types) btftest.ID
		same     bool
	}{
		{"the same",
			func(b *builder, t types) btftest.ID { return callback(b, 0, t.u64, t.u32) },
			func(b *builder, t types) btftest.ID { return callback(b, 0, t.u64, t.u32) }, true},
		{"the same in two copies",
			func(b *builder, t types) btftest.ID { return callback(b, 0, t.u64, t.u32) },
			func(b *builder, t types) btftest.ID { return callback(b, 1, t.u64, t.u32) }, true},
		{"another type behind itself",
			func(b *builder, t types) btftest.ID { return callback(b, 0, t.u64, t.u32) },
			func(b *builder, t types) btftest.ID { return callback(b, 0, t.u64, t.pa) }, false},
		{"another type in two copies",
			func(b *builder, t types) btftest.ID { return callback(b, 0, t.u64, t.u32) },
			func(b *builder, t types) btftest.ID { return callback(b, 1, t.u64, t.pa) }, false},
		{"another type behind pointers",
			func(b *builder, t types) btftest.ID { return chain(b, 40, t.pa) },
			func(b *builder, t types) btftest.ID { return chain(b, 40, t.pb) }, false},
		{"another type too far away",
			func(b *builder, t types) btftest.ID { return chain(b, 100, t.pa) },
			func(b *builder, t types) btftest.ID { return chain(b, 100, t.pb) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			holder := func(build func(b *builder, t types) btftest.ID) *builder {
				b := &builder{}
				ts := newTypes(b)
				id := build(b, ts)
				b.Struct("r", 8, member{Name: "before", Type: id}) // what is found out about it must not hide what follows
				b.Struct("s", 8, member{Name: "m", Type: id})
				b.Typedef("t", id)
				return b
			}
			old, now := kernelOf(t, "old", holder(tt.old)), kernelOf(t, "new", holder(tt.new))
			d := compare(t, old, now)
			for _, name := range []string{"r", "s"} {
				assert.Equal(t, tt.same, find(d, btfdiff.KindStruct, name) == nil, "struct %s", name)
			}
			assert.Equal(t, tt.same, find(d, btfdiff.KindTypedef, "t") == nil)
			checkProperties(t, old, now)
		})
	}
}
