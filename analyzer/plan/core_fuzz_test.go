package plan_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// FuzzCORE relocates a record against types that may be anything: no panic, an
// outcome for every record, the same one each time.
func FuzzCORE(f *testing.F) {
	var b btftest.Builder
	i32 := b.Int("int", 4, btfgraph.IntSigned)
	anon := b.Struct("", 8, btftest.Member{Name: "x", Type: i32, Width: 3}, btftest.Member{Type: 3})
	s := b.Struct("s", 16, btftest.Member{Name: "a", Type: b.Array(i32, i32, 2)}, btftest.Member{Type: anon, BitOffset: 64})
	b.Struct("s___2", 16, btftest.Member{Name: "a", Type: i32}, btftest.Member{Name: "x", Type: b.Ptr(s)})
	e := b.Enum("e", btftest.Value{Name: "E", Value: 1})
	b.Typedef("s", b.FuncProto(e, btftest.Param{Name: "p", Type: b.Ptr(s)}))
	raw := b.Bytes(binary.LittleEndian)
	for kind := range uint32(14) {
		f.Add(raw, raw, uint32(s), "0:1:0", kind, uint64(0x61))
		f.Add(raw, raw, uint32(e), "0", kind, uint64(1)<<32|0xb7)
	}
	f.Fuzz(func(t *testing.T, local, target []byte, typ uint32, access string, kind uint32, insn uint64) {
		lg, err := btfgraph.Open(local, nil)
		if err != nil {
			return
		}
		tg, err := btfgraph.Open(target, nil)
		if err != nil {
			return
		}
		fn := &bpfobj.Function{Name: "f", Insns: []bpfobj.Insn{{Op: uint8(insn), Off: int16(insn >> 16), Imm: int32(insn >> 32)}, {}}}
		fn.Program = &bpfobj.Program{Function: fn}
		text := &bpfobj.Function{Name: "g", Insns: fn.Insns}
		rec := bpfobj.CORERecord{Type: btfgraph.ID(typ), Access: access, Kind: kind, Func: fn}
		next, sub := rec, rec
		next.Type, next.Insn, sub.Func = rec.Type+1, 1, text
		obj := &bpfobj.Object{
			ByteOrder: binary.LittleEndian, Types: lg, Functions: []*bpfobj.Function{fn, text},
			Programs: []*bpfobj.Program{fn.Program}, CORE: []bpfobj.CORERecord{rec, next, sub},
		}
		for _, l := range plan.Loaders {
			k := &kernel.Kernel{Types: tg}
			p, again := plan.Make(obj, k, l, plan.Options{}), plan.Make(obj, k, l, plan.Options{})
			require.Len(t, p.CORE, len(obj.CORE))
			for i := range p.CORE {
				x, y := &p.CORE[i], &again.CORE[i]
				assert.Equal(t, coreOutcome(x), coreOutcome(y))
				assert.Equal(t, x.Subject()+x.Reason(), y.Subject()+y.Reason())
				assert.Equal(t, x.Candidates(), y.Candidates())
				assert.Equal(t, p.Nearest(x), again.Nearest(y))
				assert.NotEmpty(t, x.Path())
				assert.Equal(t, x.Status == plan.CORERefused && x.Reason() == "", false)
			}
		}
	})
}
