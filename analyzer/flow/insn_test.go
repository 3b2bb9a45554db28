package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

var (
	rodata  = &bpfobj.Map{Name: ".rodata", Kind: bpfobj.MapRodata}
	bss     = &bpfobj.Map{Name: ".bss", Kind: bpfobj.MapBss}
	version = &bpfobj.Extern{Name: "LINUX_KERNEL_VERSION", Kind: bpfobj.ExternKconfig}
	ksym    = &bpfobj.Extern{Name: "bpf_new", Kind: bpfobj.ExternVar, Weak: true}
	task    = &bpfobj.Extern{Name: "bpf_task_acquire", Kind: bpfobj.ExternFunc}
	next    = &bpfobj.Extern{Name: "bpf_iter_num_next", Kind: bpfobj.ExternFunc}
	throw   = &bpfobj.Extern{Name: "bpf_throw", Kind: bpfobj.ExternFunc}
)

// guarded ends a test program: the label "guarded" is reached by jumping or
// falling to it, "out" by jumping.
func guarded(ops ...op) []op {
	return append(ops,
		at("guarded", helper(195896080)),
		at("out", imm(mov64, r0, 0)),
		done(),
	)
}

// TestInstructions has one guard per program. Unless facts say otherwise the
// read-only data holds unknown numbers.
func TestInstructions(t *testing.T) {
	t.Parallel()
	const (
		dead      = flow.Dead
		reachable = flow.Reachable
		unknown   = flow.Unknown
	)
	tests := []struct {
		name string
		want flow.Reach
		ops  []op
	}{
		{"no guard", reachable, nil},
		{"constant equal", dead, []op{imm(mov64, r6, 0), jmp(jeq, r6, 0, "out")}},
		{"constant not equal", reachable, []op{imm(mov64, r6, 1), jmp(jeq, r6, 0, "out")}},
		{"copy", dead, []op{imm(mov64, r6, 0), reg(movReg64, r7, r6), jmp(jeq, r7, 0, "out")}},
		{"negative 32-bit move is positive", dead, []op{imm(mov32, r6, -1), jmp(jsgt, r6, 0, "out")}},
		{"negative 64-bit move", reachable, []op{imm(mov64, r6, -1), jmp(jsgt, r6, 0, "out")}},
		{"32-bit compare of the low half", dead, []op{load64(r6, 1<<32), jmp(jeq32, r6, 0, "out")}},
		{"64-bit compare of both halves", reachable, []op{load64(r6, 1<<32), jmp(jeq, r6, 0, "out")}},
		{"signed 32-bit compare", dead, []op{imm(mov32, r6, -5), jmp(jslt32, r6, 0, "out")}},
		{"shifts to a bool", dead, []op{imm(mov64, r6, 1), imm(lsh64, r6, 32), imm(rsh64, r6, 32), jmp(jne, r6, 0, "out")}},
		{"arithmetic shift", dead, []op{imm(mov64, r6, -8), imm(arsh64, r6, 2), jmp(jeq, r6, -2, "out")}},
		{"32-bit wrap", dead, []op{imm(mov64, r6, -1), imm(add32, r6, 1), jmp(jeq, r6, 0, "out")}},
		{"bits set", dead, []op{imm(mov64, r6, 6), jmp(jset, r6, 2, "out")}},
		{"bits not set", reachable, []op{imm(mov64, r6, 5), jmp(jset, r6, 2, "out")}},
		{"register operand", dead, []op{imm(mov64, r6, 3), imm(mov64, r7, 3), jmpReg(jeqReg, r6, r7, "out")}},
		{"constant on the left", reachable, []op{mem(ldxB, r7, r1, 0), imm(mov64, r6, 3), jmpReg(jgtReg, r6, r7, "out")}},
		{"and with 0", dead, []op{mem(ldxW, r6, r1, 0), imm(and64, r6, 0), jmp(jeq, r6, 0, "out")}},
		// 5.10 forgets what it divides and negates.
		{"division", unknown, []op{imm(mov64, r6, 8), imm(div64, r6, 2), jmp(jeq, r6, 4, "out")}},
		{"negation", unknown, []op{imm(mov64, r6, 8), imm(neg64, r6, 0), jmp(jeq, r6, -8, "out")}},
		{"byte swap", unknown, []op{imm(mov64, r6, 8), imm(bswap, r6, 64), jmp(jne, r6, 8, "out")}},
		{"number without itself", unknown, []op{mem(ldxW, r6, r1, 0), reg(xorReg64, r6, r6), jmp(jeq, r6, 0, "out")}},

		{"context", reachable, []op{mem(ldxW, r6, r1, 0), jmp(jne, r6, 5, "out")}},
		{"byte", reachable, []op{mem(ldxB, r6, r1, 0), jmp(jne, r6, 255, "out")}},
		{"byte beyond its range", unknown, []op{mem(ldxB, r6, r1, 0), jmp(jne, r6, 256, "out")}},
		{"signed byte", reachable, []op{mem(ldxSB, r6, r1, 0), jmp(jne, r6, -128, "out")}},
		{"helper result", reachable, []op{helper(14), jmp(jne, r0, 77, "out")}},
		{"negative helper result", reachable, []op{helper(14), jmp(jsge, r0, 0, "out")}},
		{"processor number", unknown, []op{helper(8), jmp(jne, r0, 1, "out")}},
		{"current task is not null", unknown, []op{helper(158), jmp(jne, r0, 0, "out")}},
		{"current task", reachable, []op{helper(158), jmp(jeq, r0, 0, "out")}},
		{"kfunc pointer", reachable, []op{callKfunc(task), jmp(jeq, r0, 0, "out")}},
		{"kfunc null pointer", unknown, []op{callKfunc(task), jmp(jne, r0, 0, "out")}},
		{"end of iterator", reachable, []op{callKfunc(next), jmp(jne, r0, 0, "out")}},
		{"socket data", reachable, []op{reg(movReg64, r6, r1), {insn: bpfobj.Insn{Op: ldAbs, Imm: 12}}, jmp(jne, r0, 8, "out")}},
		{"global data", reachable, []op{loadMap(r6, bss, 0), mem(ldxW, r6, r6, 0), jmp(jeq, r6, 0, "out")}},

		{"same test again", dead, []op{mem(ldxB, r6, r1, 0), jmp(jne, r6, 5, "out"), jmp(jeq, r6, 5, "out")}},
		{"32-bit test of a number with the high bit", reachable, []op{mem(ldxW, r6, r1, 0), jmp(jne32, r6, -1<<31, "out"), jmp(jslt, r6, 0, "out")}},
		{"opposite test again", unknown, []op{mem(ldxB, r6, r1, 0), jmp(jeq, r6, 5, "out"), jmp(jne, r6, 5, "out")}},
		{"other range", reachable, []op{mem(ldxB, r6, r1, 0), jmp(jgt, r6, 9, "out"), jmp(jlt, r6, 9, "out")}},
		{"empty range", unknown, []op{mem(ldxB, r6, r1, 0), jmp(jgt, r6, 9, "out"), jmp(jle, r6, 9, "out")}},
		{"copy of a tested input", unknown, []op{mem(ldxB, r6, r1, 0), reg(movReg64, r7, r6), jmp(jne, r6, 5, "out"), jmp(jeq, r7, 5, "out")}},
		{"masked input", reachable, []op{mem(ldxW, r6, r1, 0), imm(and64, r6, 0x70), jmp(jne, r6, 0x30, "out")}},
		{"bits outside of a mask", unknown, []op{mem(ldxW, r6, r1, 0), imm(and64, r6, 0x70), jmp(jne, r6, 1, "out")}},
		{"bits of one input", reachable, []op{mem(ldxW, r6, r1, 0), jmp(jset, r6, 1, "out"), jmp(jset, r6, 2, "next"), at("next", jmp(jeq, r6, 8, "out"))}},
		{"sum", reachable, []op{mem(ldxB, r6, r1, 0), imm(add64, r6, 10), jmp(jne, r6, 200, "out")}},
		{"sum below", unknown, []op{mem(ldxB, r6, r1, 0), imm(add64, r6, 10), jmp(jge, r6, 10, "out")}},
		{"product", reachable, []op{mem(ldxB, r6, r1, 0), imm(mul64, r6, 6), jmp(jne, r6, 66, "out")}},
		{"bytes put together", reachable, []op{
			mem(ldxB, r6, r1, 0), mem(ldxB, r7, r1, 1), imm(lsh64, r6, 8), reg(orReg64, r6, r7), jmp(jne, r6, 0x86dd, "out"),
		}},
		{"swapped input", reachable, []op{mem(ldxH, r6, r1, 0), imm(be, r6, 16), jmp(jne, r6, 0x800, "out")}},
		{"packet bounds", reachable, []op{
			mem(ldxW, r6, r1, 0), mem(ldxW, r7, r1, 4), imm(add64, r6, 14), jmpReg(jgtReg, r6, r7, "out"), imm(add64, r6, 20), jmpReg(jgtReg, r6, r7, "out"),
		}},
		{"difference of inputs", reachable, []op{
			mem(ldxW, r6, r1, 0), mem(ldxW, r7, r1, 4), reg(subReg64, r7, r6), jmp(jsle, r7, 1, "out"),
		}},

		{"spilled constant", dead, []op{imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out")}},
		{"spilled 0", dead, []op{imm(mov64, r6, 0), mem(stxW, r10, r6, -4), mem(ldxW, r7, r10, -4), jmp(jeq, r7, 0, "out")}},
		{"byte of 0", dead, []op{imm(mov64, r6, 0), mem(stxDW, r10, r6, -8), mem(ldxB, r7, r10, -3), jmp(jeq, r7, 0, "out")}},
		// Before 5.16 a spill of less than 8 bytes is forgotten.
		{"narrow spill", unknown, []op{imm(mov64, r6, 1), mem(stxW, r10, r6, -8), mem(ldxW, r7, r10, -8), jmp(jeq, r7, 1, "out")}},
		{"stored immediate", unknown, []op{{insn: bpfobj.Insn{Op: stDW, Dst: r10, Off: -8, Imm: 1}}, mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out")}},
		{"overwritten spill", reachable, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), imm(mov64, r6, 0), mem(stxDW, r10, r6, -8), mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"partly overwritten spill", unknown, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), mem(stxB, r10, r5, -8), mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		// Recent verifiers forget a word when a part of it is overwritten.
		{"0 beside a store in its word", unknown, []op{
			imm(mov64, r6, 0), mem(stxW, r10, r6, -8), mem(stxB, r10, r6, -4), mem(ldxW, r7, r10, -8), jmp(jeq, r7, 0, "out"),
		}},
		{"spill through a copy of the frame pointer", dead, []op{
			imm(mov64, r6, 1), reg(movReg64, r8, r10), imm(add64, r8, -16), mem(stxDW, r8, r6, 8), mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"store at an unknown offset", unknown, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), imm(and64, r5, 8), reg(movReg64, r8, r10), imm(add64, r8, -16),
			reg(addReg64, r8, r5), imm(mov64, r4, 0), mem(stxDW, r8, r4, 0), mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"atomic on the stack", unknown, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), {insn: bpfobj.Insn{Op: atomicDW, Dst: r10, Src: r6, Off: -8}}, mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 2, "out"),
		}},
		{"spill beside a helper's buffer", dead, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), reg(movReg64, r1, r10), imm(add64, r1, -24), imm(mov64, r2, 16), imm(mov64, r3, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"helper's buffer", reachable, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), reg(movReg64, r1, r10), imm(add64, r1, -8), imm(mov64, r2, 8), imm(mov64, r3, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		// What matters before such a call is asked for where ways meet.
		{"spill under a helper's buffer after a join", reachable, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), jmp(jeq, r5, 1, "join"), imm(mov64, r4, 1),
			at("join", reg(movReg64, r1, r10)), imm(add64, r1, -16), imm(mov32, r2, 16), imm(mov64, r3, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"spill beside a helper's buffer after a join", dead, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), jmp(jeq, r5, 1, "join"), imm(mov64, r4, 1),
			at("join", reg(movReg64, r1, r10)), imm(add64, r1, -16), imm(mov64, r2, 8), imm(mov64, r3, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"spill partly under a helper's buffer after a join", unknown, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), jmp(jeq, r5, 1, "join"), imm(mov64, r4, 1),
			at("join", reg(movReg64, r1, r10)), imm(add64, r1, -12), imm(mov64, r2, 8), imm(mov64, r3, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"spill under a buffer of any size", unknown, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r8, r1, 0), jmp(jeq, r8, 1, "join"), imm(mov64, r4, 1),
			at("join", reg(movReg64, r1, r10)), imm(add64, r1, -8), reg(movReg64, r2, r8), imm(mov64, r3, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"spill beside a buffer at one of two places", dead, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), reg(movReg64, r8, r10), imm(add64, r8, -24),
			jmp(jeq, r5, 1, "join"), imm(add64, r8, 8),
			at("join", reg(movReg64, r1, r8)), imm(mov64, r2, 8), imm(mov64, r3, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"spill under a buffer at a spilled address", reachable, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), reg(movReg64, r4, r10), imm(add64, r4, -8), mem(stxDW, r10, r4, -32),
			jmp(jeq, r5, 1, "join"), imm(mov64, r4, 1),
			at("join", mem(ldxDW, r1, r10, -32)), imm(mov64, r2, 8), imm(mov64, r3, 0), imm(mov64, r4, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"spill beside a buffer at one of two spilled addresses", dead, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), mem(ldxB, r5, r1, 0), reg(movReg64, r4, r10), imm(add64, r4, -24), mem(stxDW, r10, r4, -32),
			jmp(jeq, r5, 1, "join"), imm(add64, r4, 8), mem(stxDW, r10, r4, -32),
			at("join", mem(ldxDW, r1, r10, -32)), imm(mov64, r2, 8), imm(mov64, r3, 0), imm(mov64, r4, 0), helper(113),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"buffer that is read", unknown, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), reg(movReg64, r2, r10), imm(add64, r2, -8), imm(mov64, r1, 0), helper(1),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},
		{"stack after a kfunc", unknown, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), reg(movReg64, r1, r10), imm(add64, r1, -8), callKfunc(task),
			mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out"),
		}},

		{"address of data", dead, []op{loadMap(r6, bss, 8), jmp(jne, r6, 0, "out")}},
		// 5.10 does not know that the frame pointer is not null.
		{"address of the stack", unknown, []op{jmp(jne, r10, 0, "out")}},
		{"weak ksym", unknown, []op{loadExtern(r6, ksym), jmp(jeq, r6, 0, "out")}},
		{"kconfig", unknown, []op{loadExtern(r6, version), mem(ldxW, r6, r6, 0), jmp(jlt, r6, 100, "out")}},
		{"read-only data", unknown, []op{loadMap(r6, rodata, 4), mem(ldxB, r6, r6, 0), jmp(jeq, r6, 0, "out")}},
		{"read-only data at an unknown offset", reachable, []op{
			mem(ldxB, r7, r1, 0), loadMap(r6, rodata, 4), reg(addReg64, r6, r7), mem(ldxB, r6, r6, 0), jmp(jeq, r6, 0, "out"),
		}},
		{"read-only data tested twice", dead, []op{
			loadMap(r6, rodata, 4), mem(ldxW, r7, r6, 0), jmp(jne, r7, 0, "out"), mem(ldxW, r8, r6, 0), jmp(jeq, r8, 0, "out"),
		}},
		{"read-only data in ranges", dead, []op{
			loadMap(r6, rodata, 4), mem(ldxW, r7, r6, 0), jmp(jgt, r7, 10, "out"), jmp(jlt, r7, 20, "out"),
		}},
		{"either way of read-only data", reachable, []op{
			loadMap(r6, rodata, 4), mem(ldxB, r6, r6, 0), jmp(jeq, r6, 0, "guarded"), imm(mov64, r7, 1),
		}},
		{"either way of something vague", reachable, []op{
			imm(mov64, r6, 8), mem(ldxB, r7, r1, 0), reg(0x3f, r6, r7), jmp(jeq, r6, 0, "guarded"), imm(mov64, r7, 1),
		}},

		{"far jump", dead, []op{{insn: bpfobj.Insn{Op: gotol}, to: "out"}}},
		{"may_goto", reachable, []op{{insn: bpfobj.Insn{Op: mayGoto}, to: "guarded"}, jmp(ja, 0, 0, "out")}},
		{"loop with a counter", reachable, []op{
			imm(mov64, r6, 0), at("head", imm(add64, r6, 1)), jmp(jlt, r6, 1000, "head"),
		}},
		{"code before the loop's end", dead, []op{
			imm(mov64, r6, 0), at("head", imm(add64, r6, 1)), jmp(jeq, r6, 20, "out"), jmp(ja, 0, 0, "head"),
		}},
		{"guard set before a loop", dead, []op{
			imm(mov64, r7, 0), imm(mov64, r6, 0), at("head", helper(14)), imm(add64, r6, 1), jmp(jeq, r0, 0, "after"), jmp(jlt, r6, 500, "head"),
			at("after", jmp(jeq, r7, 0, "out")),
		}},
		{"iterator", reachable, []op{
			at("head", callKfunc(next)), jmp(jeq, r0, 0, "out"), helper(14), jmp(jne, r0, 3, "head"),
		}},
		{"endless may_goto", unknown, []op{
			imm(mov64, r6, 8), mem(ldxB, r7, r1, 0), reg(0x3f, r6, r7),
			at("head", op{insn: bpfobj.Insn{Op: mayGoto}, to: "out"}), jmp(jne, r6, 1, "head"),
		}},
		{"after bpf_throw", unknown, []op{callKfunc(throw)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := assemble(t, "prog", guarded(tt.ops...)...)
			r := flow.Analyze(p.Function, flow.Facts{Globals: flow.GlobalsCalled}, flow.Budget{})
			assert.Equal(t, tt.want.String(), r.At(p.site("guarded")).Reach.String())
			assert.NotEqual(t, flow.Dead, r.At(flow.Site{Func: p.Function}).Reach, "the entry")
			// Without paths there may be fewer answers, never other ones.
			coarse := flow.Analyze(p.Function, flow.Facts{Globals: flow.GlobalsCalled}, flow.Budget{States: 1, PerSite: 1})
			assert.Contains(t, []flow.Reach{tt.want, flow.Unknown}, coarse.At(p.site("guarded")).Reach)
		})
	}
}
