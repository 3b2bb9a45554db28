package comment_test

import (
	"strings"
	"testing"

	"github.com/btflint/btflint/analyzer/comment"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		rules      []string
		reason     string
		problem    string
	}{
		{"block comment", "x = f(); /* btflint: ignore=kfunc-missing old kernels do without */", []string{"kfunc-missing"}, "old kernels do without", ""},
		{"line comment", "x = f(); // btflint: ignore=kfunc-missing old", []string{"kfunc-missing"}, "old", ""},
		{"no space", "/*btflint:ignore=a why*/", []string{"a"}, "why", ""},
		{"spaces", "/* btflint: ignore = a , b  why  not */", []string{"a", "b"}, "why not", ""},
		{"several rules", "// btflint: ignore=a,b,KF-01 why", []string{"a", "b", "KF-01"}, "why", ""},
		{"dash before the reason", "// btflint: ignore=a -- why", []string{"a"}, "why", ""},
		{"dash alone", "// btflint: ignore=a --", []string{"a"}, "", "it gives no reason"},
		{"no reason", "x(); /* btflint: ignore=a */", []string{"a"}, "", "it gives no reason"},
		{"no rule", "x(); /* btflint: ignore= why */", []string{"why"}, "", "it gives no reason"},
		{"nothing", "x(); /* btflint: ignore= */", nil, "", "it names no rule"},
		{"no equals sign", "x(); // btflint: ignore kfunc-missing why", nil, "", `it is not of the form "/* btflint: ignore=RULE[,RULE] reason */"`},
		{"other word", "x(); // btflint: disable=a why", nil, "", `it is not of the form "/* btflint: ignore=RULE[,RULE] reason */"`},
		{"comment without an end", "x(); /* btflint: ignore=a why", []string{"a"}, "why", ""},
		{"second comment", "x(/* y */); /* btflint: ignore=a why */", []string{"a"}, "why", ""},
		{"quotes before", `x("\"/*", '"'); // btflint: ignore=a why`, []string{"a"}, "why", ""},
		{"quote without an end", `x("abc // btflint: ignore=a why`, nil, "", "-"},
		{"documentation comment", "/** btflint: ignore=a why */", []string{"a"}, "why", ""},
		{"in a string", `x("/* btflint: ignore=a why */");`, nil, "", "-"},
		{"prose", "// btflint: it complains here", nil, "", "-"},
		{"in the middle of a comment", "// see btflint: ignore=a why", nil, "", "-"},
		{"no comment", "x();", nil, "", "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := comment.InLine(tt.text, 7)
			if tt.problem == "-" {
				assert.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			assert.Equal(t, tt.problem, got[0].Problem)
			assert.Equal(t, tt.rules, got[0].Rules)
			assert.Equal(t, tt.reason, got[0].Reason)
			assert.Equal(t, strings.Index(tt.text, comment.Marker)+1, got[0].Column)
			assert.Equal(t, []int{7, 7, 7}, []int{got[0].Line, got[0].From, got[0].To})
			assert.True(t, got[0].Covers(7))
			assert.False(t, got[0].Covers(8))
		})
	}
}

// TestParse names the lines that the comment of a source is about.
func TestParse(t *testing.T) {
	t.Parallel()
	const mark = "/* btflint: ignore=a why */"
	tests := []struct {
		name     string
		source   []string
		from, to int
	}{
		{"on the line", []string{"a();", "b(); " + mark, "c();"}, 2, 2},
		{"before the code", []string{"a();", mark + " b();", "c();"}, 2, 2},
		{"above", []string{"a();", "\t" + mark, "\tb();", "c();"}, 3, 3},
		{"above a comment", []string{mark, "// why", "/* and", "   more */", "b();", "c();"}, 5, 5},
		{"above a blank line", []string{mark, "", "b();"}, 0, 0},
		{"at the end", []string{"b();", mark}, 0, 0},
		{"on the first line of a statement", []string{"b(1, " + mark, "  2,", "  3);", "c();"}, 1, 3},
		{"on the last line of a statement", []string{"a();", "b(1,", "  2); " + mark, "c();"}, 2, 3},
		{"above a statement", []string{mark, "x = y +", "\tb(1,", "  2);", "c();"}, 2, 4},
		{"above a program", []string{mark, `SEC("fentry/x")`, "int BPF_PROG(on,", "	int a)", "{", "return 0;"}, 2, 5},
		{"above a condition", []string{mark, "if (b(1))", "	c();", "d();"}, 2, 3},
		{"above a block", []string{mark, "if (b(1)) {", "	c();", "}"}, 2, 2},
		{"in a macro", []string{"#define A(x) \\", "  b(x) " + mark + " \\", "  c()", "d();"}, 1, 3},
		{"below a macro", []string{"#define A(x) ((x)", mark, "b();", "c();"}, 3, 3},
		{"below an odd bracket", []string{"#define A (", "a();", "}", mark, "b();"}, 5, 5},
		{"bracket in a string", []string{`a("(");`, mark, "b();", "c();"}, 3, 3},
		{"carriage returns", []string{"a();\r", mark + "\r", "b();\r", "c();\r"}, 3, 3},
		{"case label", []string{"case 1: " + mark, "b();"}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := comment.Parse([]byte(strings.Join(tt.source, "\n")))
			require.Len(t, f.Ignores, 1)
			assert.Equal(t, []int{tt.from, tt.to}, []int{f.Ignores[0].From, f.Ignores[0].To})
			line, ok := f.Line(f.Ignores[0].Line)
			require.True(t, ok)
			assert.True(t, strings.HasPrefix(line[f.Ignores[0].Column-1:], comment.Marker))
		})
	}
}

func TestParseBlockComment(t *testing.T) {
	t.Parallel()
	f := comment.Parse([]byte("/*\n * btflint: ignore=a,\n *   b old kernels\n *   do without\n */\nx();\n"))
	require.Len(t, f.Ignores, 1)
	i := f.Ignores[0]
	assert.Equal(t, "old kernels do without", i.Reason)
	assert.Equal(t, []int{2, 4, 6, 6}, []int{i.Line, i.Column, i.From, i.To})
}

func TestFileLine(t *testing.T) {
	t.Parallel()
	f := comment.Parse([]byte("a\r\nb"))
	for n, want := range map[int]string{1: "a", 2: "b"} {
		got, ok := f.Line(n)
		assert.True(t, ok)
		assert.Equal(t, want, got)
	}
	for _, n := range []int{-1, 0, 3} {
		_, ok := f.Line(n)
		assert.False(t, ok, n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("x(); /* btflint: ignore=a,b why */\n// btflint: ignore=c why\ny(\"\\\n');"))
	f.Add([]byte("#define x ( \\\n/*\n* btflint: ignore=\n"))
	f.Add([]byte("/*/ btflint: ignore=a b"))
	f.Fuzz(func(t *testing.T, source []byte) {
		file := comment.Parse(source)
		assert.Equal(t, file, comment.Parse(source))
		for _, i := range file.Ignores {
			line, ok := file.Line(i.Line)
			require.True(t, ok)
			assert.True(t, strings.HasPrefix(line[i.Column-1:], comment.Marker))
			assert.Equal(t, i.Problem == "", len(i.Rules) > 0 && i.Reason != "")
			assert.LessOrEqual(t, i.From, i.To)
			assert.LessOrEqual(t, i.To, len(file.Lines))
			assert.Equal(t, i.From == 0, i.To == 0)
		}
	})
}
