package flow_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/flow"
)

// loadFixed reads so many bytes of read-only data whose value is not known.
func loadFixed(code, dst uint8, off int16) []op {
	return []op{loadMap(dst, rodata, 0), mem(code, dst, dst, off)}
}

// join makes one list of operations.
func join(lists ...[]op) []op {
	var all []op
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// TestFixedAndInputs compares numbers of read-only data that are not known with
// inputs: r6 is such a number of 4 bytes, r7 the context's first 4 bytes, r8 its
// next byte, and r9 such a byte. The answers are those after one comparison that
// jumps and after the same one that does not.
func TestFixedAndInputs(t *testing.T) {
	t.Parallel()
	const (
		dead      = flow.Dead
		reachable = flow.Reachable
		unknown   = flow.Unknown
	)
	tests := []struct {
		name         string
		taken, falls flow.Reach // the jump goes to "guarded", to "out"
		ops          []op
		jump         op
	}{
		{"equal", reachable, reachable, nil, jmpReg(jeqReg, r7, r6, "")},
		{"equal, number on the left", reachable, reachable, nil, jmpReg(jeqReg, r6, r7, "")},
		{"not equal", reachable, reachable, nil, jmpReg(jneReg, r7, r6, "")},
		{"input of fewer bits", unknown, reachable, nil, jmpReg(jeqReg, r8, r6, "")},
		{"input of more bits", reachable, reachable, nil, jmpReg(jeqReg, r7, r9, "")},
		{"input that is limited", unknown, reachable, []op{jmp(jgt, r7, 1000, "out")}, jmpReg(jeqReg, r7, r6, "")},
		{"both limited", reachable, reachable, []op{jmp(jgt, r7, 1000, "out"), jmp(jgt, r6, 1000, "guarded")}, jmpReg(jeqReg, r7, r6, "")},
		{"number limited less", unknown, reachable, []op{jmp(jgt, r7, 1000, "out"), jmp(jgt, r6, 1001, "guarded")}, jmpReg(jeqReg, r7, r6, "")},
		{"one input is possible", unknown, unknown, []op{jmp(jne, r7, 3, "out")}, jmpReg(jeqReg, r7, r6, "")},
		{"only 0 is possible", unknown, unknown, []op{jmp(jgt, r7, 0, "out")}, jmpReg(jneReg, r7, r6, "")},
		{"two inputs are possible", unknown, reachable, []op{jmp(jgt, r7, 1, "out")}, jmpReg(jeqReg, r7, r6, "")},
		{"greater", unknown, reachable, nil, jmpReg(jgtReg, r7, r6, "")},
		{"greater than a byte", reachable, reachable, nil, jmpReg(jgtReg, r7, r9, "")},
		{"less", unknown, reachable, []op{imm(add64, r7, -1)}, jmpReg(jgtReg, r6, r7, "")},
		{"signed less in 32 bits", unknown, reachable, nil, jmpReg(jsltReg32, r7, r6, "")},
		{"signed less than a byte in 32 bits", reachable, reachable, nil, jmpReg(jsltReg32, r7, r9, "")},
		{"bits in common", unknown, reachable, nil, jmpReg(jsetReg, r7, r6, "")},
		{"bits in common with some", reachable, reachable, []op{jmp(jeq, r6, 0, "guarded")}, jmpReg(jsetReg, r7, r6, "")},
		{"bits of a byte in common with some", unknown, reachable, []op{jmp(jeq, r6, 0, "guarded")}, jmpReg(jsetReg, r8, r6, "")},
		{"bits in common with an input that is not 0", unknown, unknown, []op{jmp(jeq, r7, 0, "out")}, jmpReg(jsetReg, r7, r6, "")},
		{"difference", reachable, reachable, []op{reg(xorReg64, r7, r6)}, jmp(jeq, r7, 0, "")},
		{"difference of fewer bits", unknown, unknown, []op{reg(xorReg64, r8, r6)}, jmp(jeq, r8, 0, "")},
		{"differences", reachable, reachable, []op{reg(xorReg64, r7, r6), reg(xorReg64, r8, r9), reg(orReg64, r7, r8)}, jmp(jeq, r7, 0, "")},
		{"sum", unknown, unknown, []op{reg(addReg64, r7, r6)}, jmp(jeq, r7, 8, "")},
		{"sum of 64 bits", reachable, reachable, []op{helper(5), reg(addReg64, r0, r6)}, jmp(jeq, r0, 8, "")},
		{"sign extended", reachable, reachable, []op{imm(lsh64, r6, 32), imm(arsh64, r6, 32), imm(lsh64, r7, 32), imm(arsh64, r7, 32)}, jmpReg(jeqReg, r7, r6, "")},
		{"two fixed numbers", unknown, unknown, nil, jmpReg(jeqReg, r6, r9, "")},
		{"number of 64 bits in halves", reachable, reachable, join([]op{helper(14)}, loadFixed(ldxDW, r6, 24)), jmpReg(jeqReg, r0, r6, "")},
		// What is known of the input afterwards.
		{"not equal, then a number", reachable, reachable, []op{jmpReg(jeqReg, r7, r6, "out")}, jmp(jgt, r7, 1, "")},
		{"not equal, then one of two", unknown, unknown, []op{jmp(jgt, r7, 1, "out"), jmpReg(jeqReg, r7, r6, "out")}, jmp(jeq, r7, 0, "")},
		{"not equal to two, then one of three", reachable, unknown, []op{
			jmp(jgt, r7, 3, "out"), jmpReg(jeqReg, r7, r6, "out"), jmpReg(jeqReg, r7, r9, "out"),
		}, jmp(jle, r7, 2, "")},
		{"equal, then a number", unknown, unknown, []op{jmpReg(jneReg, r7, r6, "out")}, jmp(jeq, r7, 1, "")},
		{"greater than a byte, then a number", reachable, unknown, []op{jmpReg(jleReg, r7, r9, "out")}, jmp(jgt, r7, 255, "")},
		{"number ruled out", dead, unknown, []op{jmp(jeq, r6, 0, "out"), jmpReg(jneReg, r7, r6, "out")}, jmp(jeq, r6, 0, "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			setup := join([]op{mem(ldxW, r7, r1, 0), mem(ldxB, r8, r1, 4)}, loadFixed(ldxW, r6, 0), loadFixed(ldxB, r9, 8), tt.ops)
			for target, want := range map[string]flow.Reach{"guarded": tt.taken, "out": tt.falls} {
				jump := tt.jump
				jump.to = target
				end := []op{jump}
				if target == "guarded" {
					end = append(end, jmp(ja, 0, 0, "out"))
				}
				p := assemble(t, "prog", guarded(join(setup, end)...)...)
				r := flow.Analyze(p.Function, flow.Facts{}, flow.Budget{})
				assert.Equal(t, want, r.At(p.site("guarded")).Reach, target)
			}
		})
	}
}

// fixedBytes names every byte of read-only data.
func fixedBytes(p flow.Place) flow.Memory {
	return flow.Memory{Kind: flow.MemoryFixed, Depends: fmt.Sprint("byte ", p.Offset)}
}

// TestFirstGuard has chains of guards that are not known. The one that is named
// is the first that can turn the verifier away.
func TestFirstGuard(t *testing.T) {
	t.Parallel()
	chain := func(labels ...string) []op {
		var ops []op
		for i, l := range labels {
			ops = append(ops, loadFixed(ldxB, r6, int16(i))...)
			ops = append(ops, at(l, jmp(jeq, r6, 0, "out")))
		}
		return ops
	}
	tests := []struct {
		name, guard, depends string
		ops                  []op
	}{
		{"one", "a", "byte 0", chain("a")},
		{"several", "a", "byte 0", chain("a", "b", "c")},
		{"after one that does not decide", "a", "byte 0", join(
			loadFixed(ldxB, r6, 9), []op{jmp(jeq, r6, 0, "both"), mem(stxB, r10, r1, -1), at("both", imm(mov64, r7, 0))}, chain("a", "b"),
		)},
		{"loop over an array", "a", "byte 0", []op{
			imm(mov64, r7, 0), at("loop", loadMap(r6, rodata, 0)), reg(addReg64, r6, r7), mem(ldxB, r6, r6, 0),
			at("a", jmp(jeq, r6, 0, "out")), imm(add64, r7, 1), jmp(jlt, r7, 16, "loop"),
		}},
		{"either", "b", "byte 1", join( // the first one may lead there either way
			loadFixed(ldxB, r6, 0), []op{at("a", jmp(jne, r6, 0, "guarded"))}, loadFixed(ldxB, r6, 1), []op{at("b", jmp(jeq, r6, 0, "out"))},
		)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := assemble(t, "prog", guarded(tt.ops...)...)
			a := flow.Analyze(p.Function, flow.Facts{Memory: fixedBytes}, flow.Budget{}).At(p.site("guarded"))
			assert.Equal(t, flow.Answer{Guard: p.site(tt.guard), Depends: tt.depends}, a)
		})
	}
}
