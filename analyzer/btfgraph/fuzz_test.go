package btfgraph_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// touch asks every question about every id up to a bound and returns the
// answers as text.
func touch(g *btfgraph.Raw) string {
	var b strings.Builder
	fmt.Fprintln(&b, g.Len(), g.FirstOwn(), g.Err(), g.Validate(), g.UnknownKinds(), g.HasTag("tag"))
	for id := btfgraph.ID(0); id < 300; id++ {
		size, ok := btfgraph.SizeOf(g, id)
		name := g.Name(id)
		fmt.Fprintln(&b, id, g.Kind(id), g.KindFlag(id), name, g.Size(id), g.Ref(id), g.Vlen(id), g.Linkage(id),
			g.Int(id), g.Array(id), g.ComponentIndex(id), g.Tagged(id, "tag"), size, ok,
			btfgraph.SkipModsAndTypedefs(g, id), btfgraph.FormatType(g, id), btfgraph.FormatProto(g, name, id))
		for i := -1; i <= min(g.Vlen(id), 20); i++ {
			fmt.Fprintln(&b, g.Member(id, i), g.Enumerator(id, i), g.Param(id, i), g.VarSecinfo(id, i))
		}
		fmt.Fprintln(&b, slices.Collect(g.ByName(g.Kind(id), name)))
	}
	return b.String()
}

func FuzzOpen(f *testing.F) {
	for _, o := range orders {
		b, s := splitSpecimen()
		f.Add(b.Bytes(o.order), s.Bytes(o.order))
		b.Layout = [][2]uint8{{}, {4, 0}, {20, 8}}
		f.Add(b.Bytes(o.order), []byte{})
	}
	f.Add(longHeader(40, 0), []byte{0x9f, 0xeb})
	broken := &btftest.Builder{}
	broken.Raw(9, 20<<24, 1)
	f.Add(broken.Bytes(binary.LittleEndian), []byte{})
	f.Fuzz(func(t *testing.T, base, split []byte) {
		g, err := btfgraph.Open(base, nil)
		if (g == nil) == (err == nil) {
			t.Fatalf("value %v, error %v", g, err)
		}
		if err != nil {
			return
		}
		again, err := btfgraph.Open(base, nil)
		if err != nil {
			t.Fatal(err)
		}
		// Names announced or not, the answers are the same.
		for id := btfgraph.ID(0); id < 300; id++ {
			again.Prefetch(g.Name(id))
		}
		if touch(g) != touch(again) {
			t.Fatal("answers differ")
		}
		if g.Validate() == nil && g.Err() != nil {
			t.Fatal(errors.New("valid and malformed"))
		}
		s, err := btfgraph.Open(split, g)
		if (s == nil) == (err == nil) {
			t.Fatalf("split: value %v, error %v", s, err)
		}
		if err == nil {
			touch(s)
		}
	})
}
