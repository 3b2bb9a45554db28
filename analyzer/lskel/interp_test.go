package lskel_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/lskel"
)

// insn encodes an instruction for a little-endian machine.
func insn(op, dst, src uint8, off int16, imm int32) []byte {
	b := []byte{op, src<<4 | dst}
	b = binary.LittleEndian.AppendUint16(b, uint16(off))
	return binary.LittleEndian.AppendUint32(b, uint32(imm))
}

// address is the ld_imm64 of a byte of the blob.
func address(dst uint8, at int32) []byte {
	return append(insn(0x18, dst, 6, 0, 0), insn(0, 0, 0, 0, at)...)
}

func code(list ...[]byte) []byte {
	var out []byte
	for _, b := range list {
		out = append(out, b...)
	}
	return out
}

var (
	exit  = insn(0x95, 0, 0, 0, 0)
	enter = insn(0xbf, 6, 1, 0, 0) // r6 = ctx
)

func TestInterpretStores(t *testing.T) {
	t.Parallel()
	blob := make([]byte, 64)
	binary.LittleEndian.PutUint32(blob[8:], 0x12345678)
	tests := []struct {
		name string
		code []byte
		want []string // "region+offset size value"
		lost []int
	}{
		{"constant", code(address(1, 16), insn(0x62, 1, 0, 4, -1), exit), []string{"blob+20 4 -1"}, nil},
		{"pointer", code(address(0, 8), address(1, 16), insn(0x7b, 1, 0, 0, 0), exit), []string{"blob+16 8 &blob+8"}, nil},
		{"context", code(enter, insn(0x61, 0, 6, 8, 0), address(1, 16), insn(0x63, 1, 0, 0, 0), exit), []string{"blob+16 4 ctx+8 (4 bytes)"}, nil},
		{"byte of an instruction", code(address(8, 8), insn(0x71, 9, 8, 1, 0), insn(0x54, 9, 0, 0, 0xf), insn(0x73, 8, 9, 1, 0), exit), []string{"blob+9 1 6"}, nil},
		{
			"result in two halves",
			code(address(1, 0), insn(0xb7, 2, 0, 0, 4), insn(0xb7, 3, 0, 0, 12), insn(0x85, 0, 0, 0, 167), insn(0xbf, 7, 0, 0, 0), address(0, 32),
				insn(0x63, 0, 7, 0, 0), insn(0x77, 7, 0, 0, 32), insn(0x63, 0, 7, 4, 0), exit),
			[]string{"blob+32 4 call 0", "blob+36 4 call 0 >> 32"}, nil,
		},
		{"through the stack", code(insn(0xb7, 7, 0, 0, 9), insn(0x63, 10, 7, -8, 0), insn(0x61, 0, 10, -8, 0), address(1, 0), insn(0x63, 1, 0, 0, 0), exit),
			[]string{"stack-8 4 9", "blob+0 4 9"}, nil},
		{"stack that nobody wrote", code(insn(0x61, 0, 10, -8, 0), address(1, 0), insn(0x63, 1, 0, 0, 0), exit), []string{"blob+0 4 0"}, nil},
		{"unknown value", code(insn(0x85, 0, 0, 0, 168), insn(0x2f, 0, 0, 0, 0), address(1, 0), insn(0x63, 1, 0, 0, 0), exit), nil, []int{4}},
		{"unknown place", code(enter, insn(0x79, 1, 6, 0, 0), insn(0x62, 1, 0, 0, 0), exit), nil, []int{2}},
		{"beyond the blob", code(address(1, 62), insn(0x62, 1, 0, 0, 0), exit), nil, []int{2}},
		{"map", code(insn(0x18, 1, 5, 0, 0), insn(0, 0, 0, 0, 0), insn(0x79, 2, 1, 8, 0), address(3, 0), insn(0x7b, 3, 2, 0, 0), exit), []string{"blob+0 8 map+8 (8 bytes)"}, nil},
		{"other map", code(insn(0x18, 1, 5, 0, 1), insn(0, 0, 0, 0, 0), insn(0x62, 1, 0, 0, 0), exit), nil, []int{2}},
		{"atomic operation", code(address(1, 0), insn(0xdb, 1, 1, 0, 0), exit), nil, []int{2}},
		{"other helper", code(insn(0x85, 0, 0, 0, 1), exit), nil, []int{0}},
		{"unknown command", code(enter, insn(0x61, 1, 6, 0, 0), address(2, 0), insn(0xb7, 3, 0, 0, 8), insn(0x85, 0, 0, 0, 166), exit), nil, []int{5}},
		{"attributes beyond the blob", code(insn(0xb7, 1, 0, 0, 0), address(2, 60), insn(0xb7, 3, 0, 0, 8), insn(0x85, 0, 0, 0, 166), exit), nil, []int{4}},
		{"no end", code(enter), nil, []int{0}},
		{"loop", code(enter, insn(0x05, 0, 0, -2, 0)), nil, []int{0}},
		{"jump into an ld_imm64", code(insn(0x15, 1, 0, 1, 0), address(1, 0), exit), nil, []int{2}},
		{"jump out of the program", code(insn(0x15, 1, 0, 99, 0), exit), nil, []int{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data := append([]byte(nil), blob...)
			data[9] = 0x56
			trace, err := lskel.Interpret(data, tt.code)
			require.NoError(t, err)
			var got []string
			for _, s := range trace.Stores {
				got = append(got, fmt.Sprintf("%s%+d %d %s", s.Region, s.Offset, s.Size, s.Value))
			}
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.lost, trace.Unattributed)
		})
	}
}

// TestInterpretWays has a store that a jump may skip, and code that is only
// reached by a jump back.
func TestInterpretWays(t *testing.T) {
	t.Parallel()
	program := code(
		enter,
		insn(0x05, 0, 0, 3, 0),     // over the cleanup
		insn(0x61, 1, 10, -8, 0),   // cleanup
		insn(0x85, 0, 0, 0, 168),   // close
		exit,                       //
		insn(0x61, 0, 6, 0, 0),     // 5: r0 = ctx
		insn(0x15, 0, 0, 3, 0),     // skip if 0
		address(1, 0),              //
		insn(0x63, 1, 0, 0, 0),     // 9
		address(1, 0),              // 10
		insn(0xb7, 2, 0, 0, 2),     //
		insn(0xb7, 3, 0, 0, 12),    //
		insn(0x85, 0, 0, 0, 167),   // 14
		insn(0xbf, 7, 0, 0, 0),     //
		insn(0xc5, 7, 0, -15, 0),   // back to 2 if negative
		insn(0x62, 10, 0, -8, 0x1), // 17
		exit,
	)
	trace, err := lskel.Interpret(make([]byte, 16), program)
	require.NoError(t, err)
	assert.Empty(t, trace.Unattributed)
	require.Len(t, trace.Stores, 2)
	assert.True(t, trace.Stores[0].Conditional)
	assert.False(t, trace.Stores[1].Conditional)
	require.Len(t, trace.Calls, 2)
	assert.Equal(t, int32(167), trace.Calls[0].Helper)
	assert.True(t, trace.Calls[0].Checked, "the program gives up if the name is missing")
	assert.False(t, trace.Calls[0].Cleanup)
	assert.True(t, trace.Calls[1].Cleanup)
}

func TestInterpretOverrun(t *testing.T) {
	t.Parallel()
	trace, err := lskel.Interpret(make([]byte, 8), code(insn(0x62, 10, 0, -4, 1), insn(0x62, 10, 0, 0, 1), insn(0x61, 1, 10, 4, 0), exit))
	require.NoError(t, err)
	assert.Empty(t, trace.Unattributed)
	assert.Equal(t, []int{1, 2}, trace.Overruns)
}

func TestInterpretErrors(t *testing.T) {
	t.Parallel()
	for name, insns := range map[string][]byte{
		"nothing": nil, "part of an instruction": make([]byte, 12), "too many": make([]byte, 8*(1<<16+1)),
	} {
		_, err := lskel.Interpret(nil, insns)
		assert.ErrorIs(t, err, lskel.ErrMalformed, name)
	}
	_, err := lskel.ReadDumps("x", make([]byte, 8), exit)
	assert.ErrorIs(t, err, lskel.ErrMalformed, "a program that makes nothing")
}

// TestInterpretBigEndian tells the byte order by the first instruction.
func TestInterpretBigEndian(t *testing.T) {
	t.Parallel()
	data := []byte{0, 0, 0, 7}
	trace, err := lskel.Interpret(data, []byte{
		0xbf, 0x61, 0, 0, 0, 0, 0, 0,
		0x18, 0x16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x61, 0x01, 0, 0, 0, 0, 0, 0,
		0x63, 0xa0, 0xff, 0xf8, 0, 0, 0, 0,
		0x95, 0, 0, 0, 0, 0, 0, 0,
	})
	require.NoError(t, err)
	assert.Equal(t, binary.ByteOrder(binary.BigEndian), trace.ByteOrder)
	require.Len(t, trace.Stores, 1)
	assert.Equal(t, int64(7), trace.Stores[0].Value.Num)
}

// TestHostilePrograms has a loader that loads all of a large blob as a program,
// again and again.
func TestHostilePrograms(t *testing.T) {
	t.Parallel()
	data := make([]byte, 1<<20)
	binary.LittleEndian.PutUint32(data, 1)         // prog_type
	binary.LittleEndian.PutUint32(data[4:], 1<<16) // insn_cnt
	var program []byte
	for range 2000 {
		program = append(program, code(address(1, 0), address(0, 8), insn(0x7b, 1, 0, 8, 0), insn(0xb7, 1, 0, 0, 5), address(2, 0),
			insn(0xb7, 3, 0, 0, 140), insn(0x85, 0, 0, 0, 166))...)
	}
	s, err := lskel.ReadDumps("x", data, append(program, exit...))
	require.NoError(t, err)
	total := 0
	for _, p := range s.Programs {
		total += 8 * len(p.Insns)
	}
	assert.LessOrEqual(t, total, len(data))
	assert.Len(t, s.Programs, 2000)
	assert.NotEmpty(t, s.Trace.Unattributed)
}

// TestHostileNames has a loader that names all of a large blob without an end,
// again and again.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("a"), 1<<20)
	clear(data[:200])
	binary.LittleEndian.PutUint32(data, 1) // prog_type
	program := code(address(1, 0), address(0, 200), insn(0x7b, 1, 0, 16, 0))
	for range 500 {
		program = append(program, code(insn(0xb7, 1, 0, 0, 5), address(2, 0), insn(0xb7, 3, 0, 0, 140), insn(0x85, 0, 0, 0, 166))...)
		program = append(program, code(address(1, 200), insn(0xb7, 2, 0, 0, 1<<19), insn(0xb7, 3, 0, 0, 12), insn(0x85, 0, 0, 0, 167))...)
	}
	s, err := lskel.ReadDumps("x", data, append(program, exit...))
	require.NoError(t, err)
	require.Len(t, s.Programs, 500)
	require.Len(t, s.Lookups, 500)
	for i := range s.Lookups {
		assert.Len(t, s.Lookups[i].Name, 4096)
		assert.Len(t, s.Programs[i].License, 4096)
	}
}

// TestHostileWays has a loader that jumps back to as many places as it has
// instructions: they are not all looked at.
func TestHostileWays(t *testing.T) {
	t.Parallel()
	const jumps = 1000
	trace, err := lskel.Interpret(make([]byte, 64), append(bytes.Repeat(insn(0xc5, 7, 0, -1, 0), jumps), exit...))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(trace.Unattributed), jumps-16)
}
