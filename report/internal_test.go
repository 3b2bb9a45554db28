package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// plainHashes follows the description of the hash letter by letter, without
// rolling.
func plainHashes(source string) []string {
	var text []uint16
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n"))) {
		if u != ' ' && u != '\t' {
			text = append(text, u)
		}
	}
	text = append(text, 65535)
	var hashes []string
	seen := map[uint64]int{}
	for i := range text {
		if i > 0 && text[i-1] != '\n' {
			continue
		}
		hash := uint64(0)
		for j := range 100 {
			hash *= 37
			if i+j < len(text) {
				hash += uint64(text[i+j])
			}
		}
		seen[hash]++
		hashes = append(hashes, fmt.Sprintf("%x:%d", hash, seen[hash]))
	}
	return hashes
}

func TestLineHashes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source string }{
		{"empty file", ""},
		{"no line end", "int x;"},
		{"blank lines", "int x;\n\n\n\tint y;\n"},
		{"CRLF", "int x;\r\n\r\nint y;\r\n"},
		{"CR", "int x;\r\rint y;\r"},
		{"repeated lines", strings.Repeat("return bpf_get_current_pid_tgid();\n", 12)},
		{"beyond the window", strings.Repeat("x", 250) + "\n" + strings.Repeat("y", 99) + "\nz\n"},
		{"surrogates", "// \U0001f600 ü\nint x;\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := lineHashes([]byte(tt.source))
			assert.Equal(t, plainHashes(tt.source), got)
			lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(tt.source), "\n")
			assert.Len(t, got, len(lines))
		})
	}
	assert.Equal(t, []string{"c129715d7a2bc9a3:1"}, lineHashes(nil), "the value that the upload action has for an empty file")
	assert.Equal(t, lineHashes([]byte("int x;\n int y;\n")), lineHashes([]byte("int x;\r\nint\ty;\r\n")), "white space does not count")
}

func TestClean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", "struct task_struct *t", "struct task_struct *t"},
		{"other languages", "größe 中文 😀", "größe 中文 😀"},
		{"escape sequence", "\x1b]0;title\x07", `\x1b]0;title\a`},
		{"C1", "\u009b31m", `\u009b31m`},
		{"line ends", "a\r\nb\u2028c", `a\r\nb\u2028c`},
		{"bidirectional", "\u202eabc\u2066", `\u202eabc\u2066`},
		{"tags", "\U000e0041", `\U000e0041`},
		{"invalid UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"delete", "\x7f", `\x7f`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, clean(tt.in))
			text, err := json.Marshal(tt.in)
			require.NoError(t, err)
			escaped := escapeJSON(text)
			for _, r := range string(escaped) {
				assert.False(t, obeyed(r), "%U", r)
			}
			var back string
			require.NoError(t, json.Unmarshal(escaped, &back))
			assert.Equal(t, strings.ToValidUTF8(tt.in, "\ufffd"), back)
		})
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 30) + "X" + strings.Repeat("b", 30)
	tests := []struct {
		name  string
		src   bpfobj.Source
		width int
		want  string
	}{
		{"tab", bpfobj.Source{Line: 7, Column: 2, Text: "\tx"}, 0, "    7 |     x\n      |     ^ W\n"},
		{"tab within", bpfobj.Source{Line: 7, Column: 4, Text: "ab\tx"}, 0, "    7 | ab  x\n      |     ^ W\n"},
		{"no column", bpfobj.Source{Line: 7, Text: "x"}, 0, "    7 | x\n      | W\n"},
		{"column beyond", bpfobj.Source{Line: 7, Column: 2, Text: "x"}, 0, "    7 | x\n      | W\n"},
		{"inferred", bpfobj.Source{Line: 12345, Column: 1, Text: "x", Origin: bpfobj.OriginPrevious}, 0, "~12345 | x\n      | ^ W\n"},
		{"long line", bpfobj.Source{Line: 7, Column: 3, Text: long}, 28, "    7 | aaaaaaaaaaaaaaaaaaa…\n      |   ^ W\n"},
		{"caret far right", bpfobj.Source{Line: 7, Column: 31, Text: long}, 28, "    7 | …aaaaaaaaaXbbbbbbbb…\n      |           ^ W\n"},
		{"caret at the end", bpfobj.Source{Line: 7, Column: 61, Text: long}, 28, "    7 | …bbbbbbbbbbbbbbbbbbb\n      |                    ^ W\n"},
		{"trailing blanks", bpfobj.Source{Line: 7, Column: 1, Text: "x \t"}, 0, "    7 | x\n      | ^ W\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			p := printer{Writer: bufio.NewWriter(&b), width: tt.width}
			p.excerpt(&tt.src, "W")
			require.NoError(t, p.Flush())
			assert.Equal(t, tt.want, b.String())
		})
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"noise", `{"a":[],"b":-1,"c":{},"d":null,"e":0,"f":"","g":false}`, `{"e":0,"f":"","g":false}`},
		{"emptied", `{"a":{"b":{"c":[]}},"d":[{"e":-1}]}`, `{"d":[{}]}`},
		{"statements", `{"results":[],"rules":[]}`, `{"results":[],"rules":[]}`},
		{"defaults", `{"kind":"fail","enabled":true,"language":"en-US","contents":["localizedData"]}`, `{}`},
		{"not defaults", `{"kind":"function","enabled":false}`, `{"kind":"function","enabled":false}`},
		{"property bag", `{"properties":{"kernels":[],"n":-1}}`, `{"properties":{"kernels":[],"n":-1}}`},
		{"empty property bag", `{"x":1,"properties":{}}`, `{"x":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var v any
			require.NoError(t, json.Unmarshal([]byte(tt.in), &v))
			got, err := json.Marshal(prune(v))
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, string(got))
		})
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	on := func(kernels int) *analyzer.Report {
		r := &analyzer.Report{Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Loaders: []string{"libbpf", "cilium"}}
		for k := range kernels {
			verdict := [...]string{analyzer.Loads, analyzer.Fails, analyzer.Undecided}[k%3]
			for _, program := range []string{"p", ""} {
				r.Verdicts = append(r.Verdicts, analyzer.Verdict{
					Object: "x.o", Program: program, Kernel: "6." + itoa(k), Loader: "libbpf", Verdict: verdict,
				})
			}
		}
		return r
	}
	tests := []struct {
		name   string
		report *analyzer.Report
		want   string
	}{
		{"one kernel", on(1), "x.o  libbpf: 6.0 loads (1 program)\n"},
		{"several", on(3), "x.o  libbpf: 6.0 loads, 6.1 fails, 6.2 undecided (1 program)\n"},
		{"many", on(15), "x.o  libbpf: fails on 6.1, 6.4, 6.7 and 2 more; undecided on 6.2, 6.5, 6.8 and 2 more; " +
			"loads on 6.0, 6.3, 6.6 and 2 more (1 program)\n"},
		{"no kernel", &analyzer.Report{
			Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Loaders: []string{"libbpf"},
			Verdicts: []analyzer.Verdict{{Object: "x.o", Loader: "libbpf", Verdict: analyzer.Undecided}},
		}, "x.o  libbpf: undecided (0 programs)\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			p := printer{Writer: bufio.NewWriter(&b)}
			p.verdicts(tt.report)
			require.NoError(t, p.Flush())
			assert.Equal(t, tt.want, b.String())
		})
	}
}
