package flow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// benchObjects are checked-in objects: many small programs, and programs that
// call functions and hold loops.
func benchObjects(tb testing.TB) []*bpfobj.Object {
	tb.Helper()
	var list []*bpfobj.Object
	for _, path := range []string{"flow/guards_o2_v3.o", "flow/guards_o1_v2.o", "example/unlink.bpf.o", "objects/subprogs.o"} {
		path = filepath.Join("../../testdata", path)
		data, err := os.ReadFile(path)
		require.NoError(tb, err)
		o, err := bpfobj.Read(path, data)
		require.NoError(tb, err)
		list = append(list, o)
	}
	return list
}

// BenchmarkAnalyze analyses every program of an object once.
func BenchmarkAnalyze(b *testing.B) {
	for _, o := range benchObjects(b) {
		b.Run(filepath.Base(o.Name), func(b *testing.B) {
			facts := guardFacts(o, notKnown)
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range o.Programs {
					flow.Analyze(p.Function, facts, flow.Budget{})
				}
			}
		})
	}
}

// BenchmarkSites asks for one site of every program, its last instruction.
func BenchmarkSites(b *testing.B) {
	for _, o := range benchObjects(b) {
		b.Run(filepath.Base(o.Name), func(b *testing.B) {
			facts := guardFacts(o, notKnown)
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range o.Programs {
					site := flow.Site{Func: p.Function, Insn: len(p.Function.Insns) - 1}
					flow.Analyze(p.Function, facts, flow.Budget{Sites: []flow.Site{site}}).At(site)
				}
			}
		})
	}
}

// unrolled is a program with an unrolled loop of so many rounds, each of which
// follows a pointer, reads what it leads to and looks for it in a map: the
// shape of the largest programs (pyperf.h of the kernel's selftests).
func unrolled(tb testing.TB, rounds int) program {
	tb.Helper()
	// fill calls probe_read into the stack.
	fill := func(off int32, size int32, from uint8) []op {
		return []op{
			reg(movReg64, r1, r10), imm(add64, r1, off), imm(mov64, r2, size), reg(movReg64, r3, from), helper(113),
		}
	}
	ops := []op{mem(ldxDW, r7, r1, 0), imm(mov64, r9, 0)}
	ops = append(ops, fill(-24, 8, r7)...)
	for i := range rounds {
		next, miss := fmt.Sprint("next", i), fmt.Sprint("miss", i)
		ops = append(ops, mem(ldxDW, r7, r10, -24), jmp(jeq, r7, 0, "end"))
		ops = append(ops, fill(-32, 8, r7)...)
		ops = append(ops, mem(ldxDW, r6, r10, -32), jmp(jeq, r6, 0, miss))
		ops = append(ops, fill(-40, 4, r6)...)
		ops = append(ops, mem(ldxW, r8, r10, -40), jmp(jgt, r8, 9, miss))
		ops = append(ops, reg(movReg64, r2, r10), imm(add64, r2, -40), loadMap(r1, bss, 0), helper(1), jmp(jeq, r0, 0, miss))
		ops = append(ops, mem(ldxW, r1, r0, 0), jmpReg(jneReg, r1, r8, next), imm(add64, r9, 1), jmp(ja, 0, 0, next))
		ops = append(ops, at(miss, mem(stxDW, r10, r7, -48)), at(next, reg(movReg64, r1, r10)), imm(add64, r1, -24))
		ops = append(ops, imm(mov64, r2, 8), reg(movReg64, r3, r7), helper(113))
	}
	ops = append(ops, at("end", imm(mov64, r0, 0)), jmp(jlt, r9, 3, "out"), at("last", imm(mov64, r0, 1)), at("out", done()))
	return assemble(tb, "unrolled", ops...)
}

// TestUnrolled checks that a large program is analysed with states in
// proportion to its size, and that they are enough for an answer everywhere.
func TestUnrolled(t *testing.T) {
	t.Parallel()
	p := unrolled(t, 800)
	r := flow.Analyze(p.Function, flow.Facts{}, flow.Budget{})
	states, precise := r.Explored()
	assert.True(t, precise)
	assert.Less(t, states, 2*len(p.Insns))
	for i, insn := range p.Insns {
		if insn.Op != 0 { // no second half of a ld_imm64
			assert.Equal(t, flow.Reachable, r.At(flow.Site{Func: p.Function, Insn: i}).Reach, "%d", i)
		}
	}
}

// BenchmarkUnrolled analyses a program of 32,000 instructions.
func BenchmarkUnrolled(b *testing.B) {
	p := unrolled(b, 1000)
	b.ReportAllocs()
	b.ReportMetric(float64(len(p.Insns)), "insns")
	for b.Loop() {
		flow.Analyze(p.Function, flow.Facts{}, flow.Budget{})
	}
}

// BenchmarkAt asks for 300 sites of a program of 32,000 instructions.
func BenchmarkAt(b *testing.B) {
	p := unrolled(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		r := flow.Analyze(p.Function, flow.Facts{}, flow.Budget{})
		b.StartTimer()
		for i := range 300 {
			r.At(flow.Site{Func: p.Function, Insn: i * len(p.Insns) / 300})
		}
	}
}
