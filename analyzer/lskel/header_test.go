package lskel_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/lskel"
)

func TestReadHeader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text  string
		data, insns string
	}{
		{
			"arrays", // bpftool of Linux 6.12
			"static const char opts_data[] __attribute__((__aligned__(8))) = \"\\\n\\x01\\0\\x02\\\n\\xff\";\nstatic const char opts_insn[] = \"\\0\\0\";\n",
			"\x01\x00\x02\xff", "\x00\x00",
		},
		{
			"literals", // bpftool 7.1
			"opts.data_sz = 3;\nopts.data = (void *)\"\\\n\\x01\\0\\x02\";\nopts.insns_sz = 1;\nopts.insns = (void *)\"\\x95\";\n",
			"\x01\x00\x02", "\x95",
		},
		{"size of a part", "opts.data_sz = 2; opts.data = \"abc\"; opts.insns = \"i\";", "ab", "i"},
		{"octal", `opts.data = "\0\00\000\12\1234\778"; opts.insns = "i";`, "\x00\x00\x00\nS4?8", "i"},
		{"hexadecimal", `opts.data = "\x7\x41\x5a" "b"; opts.insns = "i";`, "\x07AZb", "i"},
		{"named", `opts.data = "\a\b\f\n\r\t\v\\\"\'\?"; opts.insns = "i";`, "\a\b\f\n\r\t\v\\\"'?", "i"},
		{"adjacent", "opts.data = \"a\" /* \"x\" */ \"b\" // \"y\"\n\"c\"; opts.insns = \"i\";", "abc", "i"},
		{"carriage returns", "opts.data = \"\\\r\na\\\r\nb\";\r\nopts.insns = \"i\";\r\n", "ab", "i"},
		{"other strings", "static const char data[] = \"no\"; char c = '\"'; p(\"%s\\\"\"); opts.data = \"a\"; skel->x = f((void *)\"no\"); opts.insns = \"i\";", "a", "i"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, err := lskel.ReadHeader([]byte(tt.text))
			require.NoError(t, err)
			assert.Equal(t, tt.data, string(h.Data))
			assert.Equal(t, tt.insns, string(h.Insns))
			assert.Nil(t, h.Signature)
		})
	}
}

func TestReadHeaderSigned(t *testing.T) {
	t.Parallel()
	h, err := lskel.ReadHeader([]byte("const char opts_data[] = \"d\"; const char opts_insn[] = \"i\"; const char opts_sig[] = \"s\"; const char opts_excl_hash[] = \"h\";"))
	require.NoError(t, err)
	assert.Equal(t, "s", string(h.Signature))
	assert.Equal(t, "h", string(h.ExclusiveHash))
}

func TestReadHeaderErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       error
	}{
		{"nothing", "", lskel.ErrNotSkeleton},
		{"another header", "#include <stdio.h>\nstatic const char data[] = \"a\";", lskel.ErrNotSkeleton},
		{"crashed generator", "#include <bpf/skel_internal.h>\nstruct x {\n", lskel.ErrMalformed},
		{"no instructions", `opts.data = "a";`, lskel.ErrMalformed},
		{"no data", `opts.insns = "a";`, lskel.ErrMalformed},
		{"two loaders", `opts.data = "a"; opts.insns = "i"; opts.data = "b";`, lskel.ErrMalformed},
		{"size beyond the string", `opts.data_sz = 4; opts.data = "abc"; opts.insns = "i";`, lskel.ErrMalformed},
		{"no end", `opts.data = "abc`, lskel.ErrMalformed},
		{"line without continuation", "opts.data = \"a\nb\";", lskel.ErrMalformed},
		{"unknown escape", `opts.data = "\q";`, lskel.ErrMalformed},
		{"hexadecimal without digits", `opts.data = "\xg";`, lskel.ErrMalformed},
		{"hexadecimal beyond a byte", `opts.data = "\x41B";`, lskel.ErrMalformed},
		{"octal beyond a byte", `opts.data = "\777";`, lskel.ErrMalformed},
		{"escape over two lines", "opts.data = \"\\x4\\\n1\";", lskel.ErrMalformed},
		{"character without end", "char c = 'a\n;", lskel.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := lskel.ReadHeader([]byte(tt.text))
			assert.ErrorIs(t, err, tt.want)
		})
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	text := "/* a\nb */ opts.data = \"\\\n\\x01\\0a\\\n\\xff\" \"z\";\nopts.insns = \"i\";\n"
	h, err := lskel.ReadHeader([]byte(text))
	require.NoError(t, err)
	require.Equal(t, "\x01\x00a\xffz", string(h.Data))
	type at struct{ line, column int }
	var got []at
	for i := range len(h.Data) {
		line, column := h.Position(i)
		got = append(got, at{line, column})
	}
	assert.Equal(t, []at{{3, 1}, {3, 5}, {3, 7}, {4, 1}, {4, 8}}, got)
	for _, offset := range []int{-1, len(h.Data)} {
		line, column := h.Position(offset)
		assert.Equal(t, at{}, at{line, column}, "offset %d", offset)
	}
}

// TestPositionLongLine has a line that is cut into pieces, so that no position
// takes a walk over all of it.
func TestPositionLongLine(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString("opts.data = \"" + strings.Repeat(`\0`, 100_000) + "\"; opts.insns = \"i\";")
	h, err := lskel.ReadHeader(b.Bytes())
	require.NoError(t, err)
	line, column := h.Position(99_999)
	assert.Equal(t, 1, line)
	assert.Equal(t, len("opts.data = \"")+2*99_999+1, column)
}
