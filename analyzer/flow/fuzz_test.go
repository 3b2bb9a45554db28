package flow_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// decode makes two functions of bytes. Opcodes that are odd are made into
// likely ones, jumps are kept in range and calls get targets, so that most
// inputs are programs.
func decode(data []byte) *bpfobj.Function {
	second := &bpfobj.Function{Name: "second"}
	first := &bpfobj.Function{Name: "first"}
	codes := [...]uint8{
		mov64, mov32, movReg64, add64, addReg64, and64, or64, xor64, lsh64, rsh64, arsh64, sub64, mul64, neg64, be, bswap, ldxB, ldxW, ldxDW, ldxSB,
		stW, stDW, stxW, stxDW, stxB, atomicDW, jeq, jne, jgt, jlt, jset, jsgt, jsle, jeqReg, jgtReg, jeq32, ja, mayGoto, call, exit, ldImm64,
	}
	f := first
	for n := 0; len(data) >= 8 && n < 400; n++ {
		insn := bpfobj.Insn{
			Op: data[0], Dst: data[1] & 0xf, Src: data[1] >> 4,
			Off: int16(binary.LittleEndian.Uint16(data[2:])), Imm: int32(binary.LittleEndian.Uint32(data[4:])),
		}
		data = data[8:]
		if insn.Op >= 0x80 || insn.Op < 0x40 {
			insn.Op = codes[int(insn.Op)%len(codes)]
			insn.Dst %= 11
			insn.Src %= 11
			insn.Off %= 16
			insn.Imm %= 64
		}
		if f == first && insn.Op == exit && insn.Imm == 7 {
			f.Insns = append(f.Insns, insn)
			f = second
			continue
		}
		at := len(f.Insns)
		switch {
		case insn.Op == call && insn.Imm%3 == 1:
			insn.Src = bpfobj.PseudoCall
			f.Refs = append(f.Refs, bpfobj.Ref{Insn: at, Kind: bpfobj.RefCall, Func: second})
		case insn.Op == ldImm64:
			refs := [...]bpfobj.Ref{{Kind: bpfobj.RefData, Map: rodata}, {Kind: bpfobj.RefData, Map: bss}, {Kind: bpfobj.RefFuncAddr, Func: second}, {Kind: bpfobj.RefMap, Map: bss}}
			if k := int(uint32(insn.Imm)) % 6; k < len(refs) {
				refs[k].Insn = at
				f.Refs = append(f.Refs, refs[k])
			}
			f.Insns = append(f.Insns, insn)
			insn = bpfobj.Insn{}
		}
		f.Insns = append(f.Insns, insn)
	}
	first.Insns = append(first.Insns, bpfobj.Insn{Op: exit})
	second.Insns = append(second.Insns, bpfobj.Insn{Op: exit})
	return first
}

// FuzzAnalyze checks that no program makes the analysis panic or run on, that
// the same program gets the same answers, and that the analysis without paths
// never contradicts the one with paths. Code behind a loop without end is an
// exception: with paths it is dead, and without them all that is known is that
// the verifier gets there or refuses the program, which it does.
func FuzzAnalyze(f *testing.F) {
	objects, err := filepath.Glob("../../testdata/objects/*.o")
	require.NoError(f, err)
	for _, path := range objects {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		o, err := bpfobj.Read(path, data)
		require.NoError(f, err)
		for _, fn := range o.Functions {
			s := o.Sections[fn.Section]
			if end := fn.Offset + fn.SizeBytes; end <= uint64(len(s.Data)) {
				f.Add(s.Data[fn.Offset:end])
			}
		}
	}
	f.Add([]byte("\x00@00\xc9\xc9ɀ\xfe\xfe00\x00\x10\x00\x00000\xff\x7f00\x80\x05\xe1.\x9d00#0\x1e0,\xfe\x9d\x06\xfe\xfe\xfe0" +
		"\xff\x7f00\xc9\xc9ɀ\xfe\xfe\xfe000!\x1d\x80\xff\x7f000")) // a jump on constants that loops forever
	f.Fuzz(func(t *testing.T, data []byte) {
		entry := decode(data)
		facts := flow.Facts{Globals: flow.GlobalsCalled}
		budget := flow.Budget{States: 3000}
		a, b := flow.Analyze(entry, facts, budget), flow.Analyze(entry, facts, budget)
		coarse := flow.Analyze(entry, facts, flow.Budget{States: 1, PerSite: 1})
		states, _ := a.Explored()
		assert.LessOrEqual(t, states, 200_000)
		for _, fn := range entry.Reachable() {
			for i := range fn.Insns {
				site := flow.Site{Func: fn, Insn: i}
				x := a.At(site)
				assert.Equal(t, x, b.At(site))
				y := coarse.At(site).Reach
				refused := x.Reach == flow.Dead && y == flow.Reachable && a.Endless()
				if y != flow.Unknown && x.Reach != flow.Unknown && !refused {
					assert.Equal(t, x.Reach, y, "%s %d", fn.Name, i)
				}
			}
		}
	})
}
