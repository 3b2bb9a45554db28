package lskel_test

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/lskel"
)

// FuzzReadHeader reads any text: an error or two arrays that are no longer than
// the text, each byte of which has a place in it.
func FuzzReadHeader(f *testing.F) {
	f.Add([]byte("opts.data_sz = 2; opts.data = (void *)\"\\\n\\x01\\0\"; opts.insns = \"\\12\" \"b\";"))
	f.Add([]byte("static const char opts_data[] __attribute__((__aligned__(8))) = \"\\\n\\0\"; char opts_insn[] = \"a\"; // x"))
	for _, name := range fixtures(f)[:2] {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := lskel.ReadHeader(text)
		if err != nil {
			require.Nil(t, h)
			return
		}
		require.LessOrEqual(t, len(h.Data)+len(h.Insns), len(text))
		for i := 0; i < len(h.Data); i += 1 + len(h.Data)/64 {
			line, column := h.Position(i)
			require.Positive(t, line)
			require.Positive(t, column)
		}
	})
}

// FuzzInterpret runs any instructions on any data, and makes an object of what
// they load.
func FuzzInterpret(f *testing.F) {
	for _, name := range fixtures(f) {
		s, err := lskel.ReadFile(name)
		require.NoError(f, err)
		f.Add(s.Header.Data, s.Header.Insns)
	}
	f.Fuzz(func(t *testing.T, data, insns []byte) {
		blob := slices.Clone(data)
		s, err := lskel.ReadDumps("x", data, insns)
		require.Equal(t, blob, data, "the blob is not written to")
		if err != nil {
			require.ErrorIs(t, err, lskel.ErrMalformed)
			return
		}
		require.LessOrEqual(t, len(s.Trace.Stores)+len(s.Trace.Calls), 2*len(s.Trace.Insns))
		require.True(t, slices.IsSorted(s.Trace.Unattributed))
		obj, err := s.Object()
		require.NoError(t, err)
		for _, p := range obj.Programs {
			for i := range p.Insns {
				obj.Locate(p.Function, i)
			}
		}
		again, err := lskel.ReadDumps("x", data, insns)
		require.NoError(t, err)
		assert.Equal(t, s.Trace, again.Trace)
	})
}
