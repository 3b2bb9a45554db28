package btfgraph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

func TestRawIdentifiers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		add  func(b *btftest.Builder, name string)
		free bool // such a name may be anything
	}{
		{"struct", func(b *btftest.Builder, name string) { b.Struct(name, 0) }, false},
		{"member", func(b *btftest.Builder, name string) {
			b.Union("u", 4, btftest.Member{Name: "m", Type: 1}, btftest.Member{Name: name, Type: 1})
		}, false},
		{"enum", func(b *btftest.Builder, name string) { b.Enum(name) }, false},
		{"enumerator", func(b *btftest.Builder, name string) {
			b.Enum("e", btftest.Value{Name: "A"}, btftest.Value{Name: name})
		}, false},
		{"enumerator of 64 bits", func(b *btftest.Builder, name string) {
			b.Enum64("e", btftest.Value{Name: "A"}, btftest.Value{Name: name})
		}, false},
		{"typedef", func(b *btftest.Builder, name string) { b.Typedef(name, 1) }, false},
		{"declared struct", func(b *btftest.Builder, name string) { b.Fwd(name, false) }, false},
		{"function", func(b *btftest.Builder, name string) { b.Func(name, b.FuncProto(0), btfgraph.LinkageStatic) }, false},
		{"variable", func(b *btftest.Builder, name string) { b.Var(name, 1, btfgraph.LinkageGlobal) }, false},
		{"integer", func(b *btftest.Builder, name string) { b.Int(name, 4, 0) }, true},
		{"section", func(b *btftest.Builder, name string) { b.Datasec(name, 0) }, true},
		{"tag", func(b *btftest.Builder, name string) { b.DeclTag(name, 1, -1) }, true},
		{"parameter", func(b *btftest.Builder, name string) { b.FuncProto(0, btftest.Param{Name: name, Type: 1}) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, good := range map[string]bool{
				"": true, "good_name.2": true, "_": true, "Grün": true, "a_name_of_16_byte": true, "2nd": false, "a_name_of_16_byt/": false, "eightby:": false, "impl#0": false, "HashMap<u32>": false, "unsigned int": false,
			} {
				b := &btftest.Builder{}
				b.Int("int", 4, 0)
				tt.add(b, name)
				b.Struct("last", 0)
				assert.Equal(t, good || tt.free, b.Graph(t).Identifiers(), "%q", name)
			}
		})
	}
}

func TestRawIdentifiersOfPointers(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	b.Ptr(0)
	assert.True(t, b.Graph(t).Identifiers())
	b.Add("*const u8", btftest.Info(btfgraph.KindPtr, 0, false), 0) // of a compiler for Rust
	assert.False(t, b.Graph(t).Identifiers())
}

// TestRawIdentifierBytes has every byte at every place of a name, and at the end
// of the strings.
func TestRawIdentifierBytes(t *testing.T) {
	t.Parallel()
	for c := 1; c < 256; c++ {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		want := letter || c >= '0' && c <= '9' || c == '_' || c == '.' || c >= 0x80
		for n := range 17 {
			b := &btftest.Builder{}
			b.Typedef("x"+strings.Repeat("y", n)+string([]byte{byte(c)}), 0)
			assert.Equal(t, want, b.Graph(t).Identifiers(), "%#x after %d", c, n+1)
		}
	}
}
