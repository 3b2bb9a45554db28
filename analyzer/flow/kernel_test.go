package flow_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// badHelper is no helper: a verifier that gets to a call of it says so.
const badHelper = 195896080

// generator makes programs that the verifier accepts: arithmetic, spills,
// read-only data, helpers and forward jumps on numbers.
type generator struct {
	*rand.Rand
	insns  []bpfobj.Insn
	refs   []bpfobj.Ref
	glued  map[int]bool // slots that no jump may lead to
	static *bpfobj.Function
}

func oneOf[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func (g *generator) emit(op, dst, src uint8, off int16, imm int32) {
	g.insns = append(g.insns, bpfobj.Insn{Op: op, Dst: dst, Src: src, Off: off, Imm: imm})
}

func (g *generator) reg() uint8 { return oneOf[uint8](g.Rand, r0, r2, r3, r6, r7, r8, r9) }

func (g *generator) number() int32 {
	return oneOf[int32](g.Rand, 0, 1, 2, 3, 5, 7, 8, 16, 255, 256, 0xff00, -1, -2, 1<<31-1, -1<<31)
}

// glue keeps jumps away from the slots emitted since then.
func (g *generator) glue(since int) {
	for i := since + 1; i < len(g.insns); i++ {
		g.glued[i] = true
	}
}

// scalars gives the argument registers numbers again after a call.
func (g *generator) scalars() {
	for r := uint8(r1); r <= r5; r++ {
		g.emit(mov64, r, 0, 0, g.number())
	}
}

// step emits one instruction, or a few that belong together.
func (g *generator) step() {
	at := len(g.insns)
	word := -8 * int16(1+g.IntN(4))
	class := oneOf[uint8](g.Rand, 4, 7)
	switch g.IntN(16) {
	case 0:
		g.emit(oneOf[uint8](g.Rand, mov64, mov32), g.reg(), 0, 0, g.number())
	case 1:
		g.emit(oneOf[uint8](g.Rand, movReg64, movReg32), g.reg(), g.reg(), 0, 0)
	case 2:
		g.emit(oneOf[uint8](g.Rand, 0x00, 0x10, 0x20, 0x40, 0x50, 0xa0)|class, g.reg(), 0, 0, g.number())
	case 3:
		g.emit(oneOf[uint8](g.Rand, 0x08, 0x18, 0x28, 0x38, 0x48, 0x58, 0x68, 0x78, 0xa8, 0xc8)|class, g.reg(), g.reg(), 0, 0)
	case 4:
		g.emit(oneOf[uint8](g.Rand, 0x60, 0x70, 0xc0)|class, g.reg(), 0, 0, int32(g.IntN(32)))
	case 5:
		g.emit(oneOf[uint8](g.Rand, 0x30, 0x90)|class, g.reg(), 0, int16(g.IntN(2)), oneOf[int32](g.Rand, 1, 2, 3, -1, 10))
	case 6:
		g.emit(oneOf[uint8](g.Rand, 0xdc, 0xd4, 0xd7), g.reg(), 0, 0, oneOf[int32](g.Rand, 16, 32, 64))
	case 7:
		g.refs = append(g.refs, bpfobj.Ref{Insn: at, Kind: bpfobj.RefData, Map: rodata})
		g.emit(ldImm64, r1, 0, 0, 0)
		g.emit(0, 0, 0, 0, 0)
		g.emit(oneOf[uint8](g.Rand, ldxB, ldxH, ldxW, ldxDW), g.reg(), r1, int16(8*g.IntN(4)), 0)
		g.glue(at)
	case 8:
		g.emit(call, 0, 0, 0, oneOf[int32](g.Rand, 5, 7, 8)) // ktime_get_ns, get_prandom_u32, get_smp_processor_id
		g.scalars()
		g.glue(at)
	case 9:
		g.emit(oneOf[uint8](g.Rand, stxB, 0x6b, stxW, stxDW), r10, g.reg(), word, 0)
	case 10:
		g.emit(oneOf[uint8](g.Rand, 0x72, 0x6a, stW, stDW), r10, 0, word, g.number())
	case 11:
		g.emit(oneOf[uint8](g.Rand, ldxB, ldxH, ldxW, ldxDW), g.reg(), r10, word, 0)
	case 12:
		if g.static == nil {
			return
		}
		g.emit(movReg64, r1, r10, 0, 0)
		g.emit(add64, r1, 0, 0, int32(word))
		g.refs = append(g.refs, bpfobj.Ref{Insn: len(g.insns), Kind: bpfobj.RefCall, Func: g.static})
		g.emit(call, 0, bpfobj.PseudoCall, 0, 0)
		g.scalars()
		g.glue(at)
	case 13:
		g.write(word)
		g.glue(at)
	default:
		g.filter()
	}
}

// filter compares an input with a number in read-only data and jumps over some
// of what follows, as programs do that look at one process only.
func (g *generator) filter() {
	at := len(g.insns)
	input, fixed := oneOf[uint8](g.Rand, r7, r8, r9), oneOf[uint8](g.Rand, r2, r3)
	if id := oneOf[int32](g.Rand, 0, 7, 14, 14, 15); id != 0 { // get_prandom_u32, get_current_pid_tgid, get_current_uid_gid
		g.emit(call, 0, 0, 0, id)
		g.scalars()
		g.emit(oneOf[uint8](g.Rand, movReg64, movReg32), input, r0, 0, 0)
		if g.IntN(2) == 0 {
			g.emit(rsh64, input, 0, 0, 32)
		}
	}
	g.refs = append(g.refs, bpfobj.Ref{Insn: len(g.insns), Kind: bpfobj.RefData, Map: rodata})
	g.emit(ldImm64, r1, 0, 0, 0)
	g.emit(0, 0, 0, 0, 0)
	g.emit(oneOf[uint8](g.Rand, ldxB, ldxH, ldxW, ldxW, ldxDW), fixed, r1, int16(16*g.IntN(4)), 0)
	g.glue(at)
	for range g.IntN(3) {
		dst := oneOf(g.Rand, input, fixed)
		switch g.IntN(4) {
		case 0:
			g.emit(oneOf[uint8](g.Rand, jeq, jne, jeq32, jsgt), fixed, 0, int16(1+g.IntN(8)), oneOf[int32](g.Rand, 0, 0, 0, g.number()))
		case 1:
			g.emit(oneOf[uint8](g.Rand, lsh64, rsh64, arsh64), dst, 0, 0, oneOf[int32](g.Rand, 8, 16, 32))
		case 2:
			g.emit(oneOf[uint8](g.Rand, add64, xor64, and64, or64), dst, 0, 0, oneOf[int32](g.Rand, 1, -1, 255, 0xff00))
		case 3:
			g.emit(oneOf[uint8](g.Rand, xorReg64, orReg64, subReg64, andReg64), input, fixed, 0, 0)
		}
	}
	op := oneOf[uint8](g.Rand, 0x18, 0x58, 0x18, 0x58, 0x28, 0x38, 0x48, 0x68, 0x78, 0xa8, 0xb8, 0xc8, 0xd8) | oneOf[uint8](g.Rand, 5, 6)
	if g.IntN(2) == 0 {
		input, fixed = fixed, input
	}
	g.emit(op, input, fixed, int16(1+g.IntN(8)), 0)
}

// write calls a helper that writes to the stack (probe_read_kernel), at an
// address that was spilled before or is made now.
func (g *generator) write(word int16) {
	switch g.IntN(3) {
	case 0:
		g.emit(ldxDW, r1, r10, spilled, 0)
		word = -16
	case 1:
		g.emit(movReg64, r4, r10, 0, 0)
		g.emit(add64, r4, 0, 0, int32(word)+8)
		g.emit(movReg64, r1, r4, 0, 0)
		g.emit(add64, r1, 0, 0, -8)
	case 2:
		g.emit(movReg64, r1, r10, 0, 0)
		g.emit(add64, r1, 0, 0, int32(word))
	}
	g.emit(oneOf[uint8](g.Rand, mov64, mov32), r2, 0, 0, oneOf(g.Rand, 1, 4, 8, int32(-word)))
	g.emit(mov64, r3, 0, 0, 0)
	g.emit(call, 0, 0, 0, 113)
	g.scalars()
}

// spilled is where a generated function keeps the address r10-16.
const spilled = -40

// jump emits a jump over some of what follows.
func (g *generator) jump() {
	op := oneOf[uint8](g.Rand, 0x10, 0x50, 0x20, 0x30, 0x40, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0) | oneOf[uint8](g.Rand, 5, 6)
	if g.IntN(3) == 0 {
		g.emit(op|0x08, g.reg(), g.reg(), int16(1+g.IntN(8)), 0)
		return
	}
	g.emit(op, g.reg(), 0, int16(1+g.IntN(8)), g.number())
}

// function makes a function. The entry reads its context, another one writes
// to the address that it gets.
func (g *generator) function(name string, static *bpfobj.Function) *bpfobj.Function {
	g.insns, g.refs, g.glued, g.static = nil, nil, map[int]bool{}, static
	for _, r := range [...]uint8{r0, r7, r8, r9} {
		g.emit(mov64, r, 0, 0, g.number())
	}
	if static != nil {
		g.emit(ldxW, r6, r1, 0, 0)
		g.emit(ldxW, r7, r1, 4, 0)
		g.emit(mov64, r2, 0, 0, 0)
		g.emit(mov64, r3, 0, 0, 1)
	} else {
		g.emit(movReg64, r6, r2, 0, 0)
		g.emit(stxDW, r1, oneOf[uint8](g.Rand, r2, r7), 0, 0)
	}
	for w := int16(1); w <= 4; w++ {
		g.emit(stxDW, r10, oneOf[uint8](g.Rand, r0, r7, r8, r9), -8*w, 0)
	}
	g.emit(movReg64, r4, r10, 0, 0)
	g.emit(add64, r4, 0, 0, -16)
	g.emit(stxDW, r10, r4, spilled, 0)
	for n := 15 + g.IntN(25); n > 0; n-- {
		if g.IntN(4) == 0 {
			g.jump()
		} else {
			g.step()
		}
	}
	for range 9 {
		g.emit(mov64, r0, 0, 0, 0)
	}
	g.emit(exit, 0, 0, 0, 0)
	for i := range g.insns {
		if insn := &g.insns[i]; isJump(*insn) {
			for g.glued[i+1+int(insn.Off)] {
				insn.Off++
			}
		}
	}
	return &bpfobj.Function{Name: name, Insns: g.insns, Refs: g.refs}
}

func isJump(insn bpfobj.Insn) bool {
	return insn.Op&7 >= 5 && insn.Op&7 <= 6 && insn.Op != call && insn.Op != exit
}

// link lays functions out one after the other as the kernel gets them.
func link(funcs []*bpfobj.Function, dataFD int) []bpfobj.Insn {
	start := map[*bpfobj.Function]int{}
	var all []bpfobj.Insn
	for _, f := range funcs {
		start[f] = len(all)
		all = append(all, f.Insns...)
	}
	for _, f := range funcs {
		for _, ref := range f.Refs {
			insn := &all[start[f]+ref.Insn]
			if ref.Kind == bpfobj.RefCall {
				insn.Imm = int32(start[ref.Func] - start[f] - ref.Insn - 1)
				continue
			}
			insn.Src, insn.Imm = bpfobj.PseudoMapValue, int32(dataFD)
		}
	}
	return all
}

// loadInsns loads a program and reports whether the verifier got to a bad helper.
func loadInsns(insns []bpfobj.Insn) (reached bool, err error) {
	var raw bytes.Buffer
	for _, i := range insns {
		raw.Write([]byte{i.Op, i.Src<<4 | i.Dst})
		_ = binary.Write(&raw, binary.LittleEndian, struct {
			Off int16
			Imm int32
		}{i.Off, i.Imm})
	}
	list, err := asm.AppendInstructions(nil, &raw, binary.LittleEndian, "linux")
	if err != nil {
		return false, err
	}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SocketFilter, Instructions: list, License: "GPL"})
	if err == nil {
		return false, prog.Close()
	}
	if ve := (*ebpf.VerifierError)(nil); errors.As(err, &ve) && strings.Contains(strings.Join(ve.Log, "\n"), "invalid func unknown") {
		return true, nil
	}
	return false, err
}

// TestRunningKernel asks the running kernel about random programs: an
// instruction is replaced by a call of no helper, which the kernel refuses if
// its verifier gets there. The test is skipped where programs cannot be loaded.
func TestRunningKernel(t *testing.T) {
	t.Parallel()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the programs are for little-endian machines")
	}
	if _, err := loadInsns([]bpfobj.Insn{{Op: mov64}, {Op: exit}}); err != nil {
		t.Skipf("cannot load programs: %v", err)
	}
	base := bytes.Repeat([]byte{0, 1, 0xff, 0x80, 5, 0, 0, 0, 7}, 8)[:64]
	answers := map[flow.Reach]int{}
	for seed := range uint64(60) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
		static := g.function("static", nil)
		main := g.function("main", static)
		fixed := seed%2 == 1 // some data is unknown to the analysis
		r := flow.Analyze(main, flow.Facts{Memory: func(p flow.Place) flow.Memory {
			if fixed && p.Offset%16 == 0 {
				return flow.Memory{Kind: flow.MemoryFixed}
			}
			var word [8]byte
			copy(word[:], base[p.Offset:int(p.Offset)+p.Size])
			return flow.Memory{Kind: flow.MemoryKnown, Value: binary.LittleEndian.Uint64(word[:])}
		}}, flow.Budget{PerSite: oneOf(g.Rand, 1, 2, 64)})
		contents := [][]byte{base}
		if fixed {
			contents = append(contents, g.content(base), g.content(base))
		}
		for k, content := range contents {
			checkAnswers(t, fmt.Sprintf("seed %d, data %d", seed, k), main, r, content, answers)
		}
	}
	assert.Greater(t, answers[flow.Dead], 200)
	assert.Greater(t, answers[flow.Reachable], 200)
}

// content is read-only data that differs where its values are not known to the
// analysis.
func (g *generator) content(base []byte) []byte {
	c := bytes.Clone(base)
	for off := 0; off < len(c); off += 16 {
		x := oneOf(g.Rand, 0, 1, math.MaxUint64, math.MaxUint32, 1<<31, 1<<63, g.Uint64(), g.Uint64()>>32, g.Uint64()>>56)
		binary.LittleEndian.PutUint64(c[off:], x)
	}
	return c
}

// checkAnswers asks the running kernel whether its verifier gets to the
// instructions of a program with that read-only data.
func checkAnswers(t *testing.T, name string, main *bpfobj.Function, r *flow.Result, content []byte, answers map[flow.Reach]int) {
	t.Helper()
	data, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 64, MaxEntries: 1, Flags: 0x80}) // BPF_F_RDONLY_PROG
	require.NoError(t, err)
	defer data.Close()
	require.NoError(t, data.Put(uint32(0), content))
	require.NoError(t, data.Freeze())
	all := link(main.Reachable(), data.FD())
	if _, err := loadInsns(all); err != nil {
		return // not all of them are accepted
	}
	at := 0
	for _, f := range main.Reachable() {
		for i, insn := range f.Insns {
			at++
			answer := r.At(flow.Site{Func: f, Insn: i}).Reach
			if insn.Op&7 >= 5 && insn.Op&7 <= 6 || insn.Op == ldImm64 || insn.Op == 0 || answer == flow.Unknown {
				continue
			}
			changed := slices.Clone(all)
			changed[at-1] = bpfobj.Insn{Op: call, Imm: badHelper}
			reached, err := loadInsns(changed)
			require.NoError(t, err)
			assert.Equal(t, answer == flow.Reachable, reached, fmt.Sprintf("%s, %s %d", name, f.Name, i))
			answers[answer]++
		}
	}
}
