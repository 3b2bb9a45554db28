package plan_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ayaSays are the complaints of aya's plan without a kernel, refusals first.
func ayaSays(o *bpfobj.Object) (refused, odd []string) {
	p := plan.Make(o, nil, plan.Aya, plan.Options{})
	for _, r := range p.Refusals {
		refused = append(refused, r.Subject+" "+r.Detail)
	}
	for i := range p.Maps {
		if p.Maps[i].Malformed != "" {
			refused = append(refused, "map "+p.Maps[i].Map.Name+": "+p.Maps[i].Malformed)
		}
	}
	for _, r := range p.Oddities {
		odd = append(odd, r.Subject+" "+r.Detail)
	}
	return refused, odd
}

// TestAyaObjects: objects as bpf-linker and others make them. The real loader
// said the same of each.
func TestAyaObjects(t *testing.T) {
	t.Parallel()
	tests := []struct{ object, refused, odd string }{
		{object: "plain"},
		{object: "names"},
		{object: "btf_maps"},
		{object: "subprogs"},
		{object: "lsm"},
		{object: "half_typed"}, // the kernel refuses the map
		{object: "license", refused: `section "license" does not end with a NUL`},
		{object: "text", refused: `function "twin" is at the place of function "same" in section ".text"`},
		{object: "empty_data", refused: `section ".data" is empty, and {loader} makes a map of no bytes of it`},
		{object: "places", refused: `variable "own" is in section "mine", which is not loaded`},
		{object: "static_maps", odd: `map "first" is static: {loader} takes any map of section ".maps" in its place`},
		{object: "text_sections", odd: `function "twice" lies where "once" does in section ".text.once": {loader} calls one in place of the other`},
	}
	for _, tt := range tests {
		t.Run(tt.object, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "aya", tt.object+".o"))
			require.NoError(t, err)
			obj, err := bpfobj.Read(tt.object+".o", data)
			require.NoError(t, err)
			refused, odd := ayaSays(obj)
			assertFirst(t, tt.refused, refused)
			assertFirst(t, tt.odd, odd)
		})
	}
}

// assertFirst wants a complaint before all others, or none.
func assertFirst(t *testing.T, want string, got []string) {
	t.Helper()
	if want == "" {
		assert.Empty(t, got)
		return
	}
	require.NotEmpty(t, got)
	assert.Equal(t, want, got[0])
}

// TestAyaEdited edits a sound object, an XDP program that calls a function of
// .text and reads a map.
func TestAyaEdited(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		edit func(m *image)
		want string
	}{
		{"sound object", func(*image) {}, ""},
		{"text behind the license", func(m *image) { copy(m.contents("license"), "G\x00L\x00") }, `section "license" holds more than one text`},
		{"license without an end", func(m *image) { copy(m.contents("license"), "GPL2") }, `section "license" does not end with a NUL`},
		{"no license", func(m *image) { put64(m.header("license")[32:], 1) }, `section "license" holds no text`},
		{"relocation against no symbol", func(m *image) { put32(m.reloc(".relclassifier", 0)[12:], 0) }, `relocation at offset`},
		{"relocation within an instruction", func(m *image) { put64(m.reloc(".relclassifier", 0), 4) }, `relocation at offset 4 bytes of section "classifier" is within an instruction`},
		{"instructions of no function", func(m *image) { put64(m.symbol("work")[8:], 8) }, `section ".text" has instructions at offset 0 bytes that belong to no function`},
		{"function of no bytes", func(m *image) { put64(m.symbol("work")[16:], 0) }, `section ".text" has function "work" of 0 bytes at offset 0 bytes`},
		{"program beyond its section", func(m *image) { put64(m.symbol("calls")[16:], 1<<20) }, `function "calls" of 1048576 bytes`},
		{"map without a symbol", func(m *image) { put16(m.symbol("counts")[6:], uint16(m.section("license"))) }, `map counts: has no symbol in section ".maps"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newImage(t, "../aya/sound.o")
			tt.edit(m)
			refused, _ := ayaSays(m.object())
			if tt.want == "" {
				assert.Empty(t, refused)
				return
			}
			found := false
			for _, r := range refused {
				found = found || len(r) >= len(tt.want) && r[:len(tt.want)] == tt.want
			}
			assert.True(t, found, "%q", refused)
		})
	}
}
