package btfgraph_test

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// touchIDs bounds what touch asks for: more than the seeds have, so that ids
// that do not exist are asked for too.
const touchIDs = 40

// touch asks every question about every id up to a bound and returns the
// answers as text.
func touch(g *btfgraph.Raw) string {
	var b strings.Builder
	fmt.Fprintln(&b, g.Len(), g.FirstOwn(), g.Err(), g.Validate(), g.UnknownKinds(), g.HasTag("tag"))
	for id := btfgraph.ID(0); id < touchIDs; id++ {
		size, ok := btfgraph.SizeOf(g, id)
		name := g.Name(id)
		fmt.Fprintln(&b, id, g.Kind(id), g.KindFlag(id), name, g.Size(id), g.Ref(id), g.Vlen(id), g.Linkage(id),
			g.Int(id), g.Array(id), g.ComponentIndex(id), g.Tagged(id, "tag"), size, ok,
			btfgraph.SkipModsAndTypedefs(g, id), btfgraph.FormatType(g, id), btfgraph.FormatProto(g, name, id))
		for i := -1; i <= min(g.Vlen(id), 5); i++ {
			fmt.Fprintln(&b, g.Member(id, i), g.Enumerator(id, i), g.Param(id, i), g.VarSecinfo(id, i))
		}
		fmt.Fprintln(&b, slices.Collect(g.ByName(g.Kind(id), name)))
	}
	return b.String()
}

// minimizeBriefly gives the engine ten attempts to make an input smaller. Its
// default of 60 s leaves next to no time for new inputs.
func minimizeBriefly(f *testing.F) {
	f.Helper()
	const name = "test.fuzzminimizetime"
	if fl := flag.Lookup(name); fl.Value.String() == fl.DefValue {
		require.NoError(f, flag.Set(name, "10x"))
	}
}

func FuzzOpen(f *testing.F) {
	minimizeBriefly(f)
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
	loop := &btftest.Builder{}
	loop.Typedef("t", loop.Array(3, 3, 2)+1)
	loop.Struct("s", 8, btftest.Member{Name: "m", Type: 2})
	f.Add(loop.Bytes(binary.LittleEndian), []byte{})
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
		for id := btfgraph.ID(0); id < touchIDs; id++ {
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
