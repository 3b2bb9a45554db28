package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/report"
)

// FuzzFormats puts any text wherever an object or a kernel can put one. What
// every format makes of it is well-formed, and nothing is obeyed.
func FuzzFormats(f *testing.F) {
	for _, seed := range []string{
		hostile, "]]>", `"><script>alert(1)</script>`, "</style>", "::error::x\n::add-mask::y", "##[error]x", "```\n# x", "a|b@c", "\x00\xff", "é\u202e", "%0A%%",
	} {
		f.Add(seed, 3, 7)
	}
	f.Fuzz(func(t *testing.T, text string, line, column int) {
		rep := &analyzer.Report{
			Objects: []analyzer.ObjectInfo{{Name: text}}, Kernels: []analyzer.KernelInfo{{Name: text, Release: text, Notes: []string{text}}},
			Loaders: []string{"libbpf"}, Errors: []analyzer.RuleError{{Object: text, Message: text}}, Skips: []analyzer.Skip{{Kernel: text, Reason: text}},
			Verdicts: []analyzer.Verdict{{Object: text, Kernel: text, Loader: "libbpf", Verdict: analyzer.Undecided, Reasons: []string{text}}},
		}
		at := bpfobj.Location{Object: text, Section: text, Program: text, Symbol: text, Source: bpfobj.Source{File: text, Line: line, Column: column, Text: text}}
		for s := analyzer.Note; s <= analyzer.Error; s++ {
			for range 12 { // more than there are annotations of a level
				rep.Findings = append(rep.Findings, analyzer.Finding{
					Rule: "r", Severity: s, Message: text, Hint: text, DependsOn: text, Suppressed: "", Fingerprint: "f", Location: at,
					Related: []analyzer.Related{{Message: text, Location: at}}, Kernels: []string{text}, Loaders: rep.Loaders,
				})
			}
		}
		for _, format := range report.Formats() {
			var b bytes.Buffer
			require.NoError(t, report.Write(&b, format, rep, report.Options{ShowNotes: true, ShowSuppressed: true}), format)
			wellFormed(t, format, b.String())
		}
	})
}

// wellFormed checks what the readers of a format rely on.
func wellFormed(t *testing.T, format, out string) {
	t.Helper()
	assert.True(t, utf8.ValidString(out), format)
	for _, r := range out {
		if r != '\n' && (r < ' ' || 0x7f <= r && r <= 0x9f || 0x2028 <= r && r <= 0x202e) {
			t.Fatalf("%s: output holds %U", format, r)
		}
	}
	switch format {
	case "json", "sarif", "github-sarif", "gitlab":
		assert.True(t, json.Valid([]byte(out)), format)
	case "junit":
		for dec := xml.NewDecoder(strings.NewReader(out)); ; {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
		}
	case "github":
		for name := range commands(out) {
			assert.Contains(t, []string{"error", "warning", "notice"}, name)
		}
	case "html":
		assert.Equal(t, 1, strings.Count(strings.ToLower(out), "<script"))
		assert.Equal(t, 1, strings.Count(strings.ToLower(out), "</style"))
	}
}
