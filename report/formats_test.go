package report_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/report"
)

func TestFormatName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"github-actions": "github", "gitlab-code-quality": "gitlab", "md": "markdown", "sarif": "sarif", "xml": "xml"} {
		assert.Equal(t, want, report.FormatName(name))
	}
}

// TestGitLabFingerprints has a finding that stands twice: of two entries with
// one fingerprint GitLab drops one.
func TestGitLabFingerprints(t *testing.T) {
	t.Parallel()
	rep := sample(t)
	rep.Findings = append(rep.Findings, rep.Findings...)
	rep.Errors = append(rep.Errors, rep.Errors...)
	var issues []struct {
		Description string
		CheckName   string `json:"check_name"`
		Fingerprint string
		Severity    string
		Location    struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(render(t, "gitlab", rep, report.Options{})), &issues))
	seen := map[string]bool{}
	for _, issue := range issues {
		assert.False(t, seen[issue.Fingerprint], issue.Fingerprint)
		seen[issue.Fingerprint] = true
		assert.NotEmpty(t, issue.Description)
		assert.NotEmpty(t, issue.CheckName)
		assert.NotEmpty(t, issue.Location.Path)
		assert.False(t, strings.HasPrefix(issue.Location.Path, "./"), issue.Location.Path)
		assert.Positive(t, issue.Location.Lines.Begin)
		assert.Contains(t, []string{"info", "minor", "critical"}, issue.Severity)
	}
	assert.Len(t, issues, 2*(2+2+1)+3)
	assert.JSONEq(t, "[]", render(t, "gitlab", &analyzer.Report{}, report.Options{}))
}

// junitReport is what a reader of a JUnit report looks at.
type junitReport struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Cases []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// TestJUnitOutcomes has one object on kernels where it fares in every way.
func TestJUnitOutcomes(t *testing.T) {
	t.Parallel()
	rep := &analyzer.Report{Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Loaders: []string{"libbpf"}}
	finding := func(kernel string, f analyzer.Finding) {
		f.Rule, f.Message, f.Kernels, f.Loaders = "r", "m on "+kernel, []string{kernel}, rep.Loaders
		f.Location = bpfobj.Location{Object: "x.o"}
		rep.Findings = append(rep.Findings, f)
	}
	for _, k := range [][2]string{
		{"clean", analyzer.Loads}, {"refused", analyzer.Fails}, {"suppressed", analyzer.Fails}, {"open", analyzer.Undecided},
		{"attach", analyzer.Loads}, {"optional", analyzer.Loads}, {"warned", analyzer.Loads}, {"lowered", analyzer.Fails},
	} {
		rep.Kernels = append(rep.Kernels, analyzer.KernelInfo{Name: k[0]})
		rep.Verdicts = append(rep.Verdicts, analyzer.Verdict{Object: "x.o", Kernel: k[0], Loader: "libbpf", Verdict: k[1], Reasons: []string{"depends on modules"}})
	}
	finding("refused", analyzer.Finding{Severity: analyzer.Error})
	finding("refused", analyzer.Finding{Severity: analyzer.Error})
	rep.Verdicts[2].Findings = []int{len(rep.Findings)}
	finding("suppressed", analyzer.Finding{Severity: analyzer.Error, Suppressed: "known"})
	finding("attach", analyzer.Finding{Severity: analyzer.Error}) // the load is all right, what follows is not
	finding("optional", analyzer.Finding{Severity: analyzer.Error, Optional: true})
	finding("warned", analyzer.Finding{Severity: analyzer.Warning})

	var got junitReport
	require.NoError(t, xml.Unmarshal([]byte(render(t, "junit", rep, report.Options{})), &got))
	assert.Equal(t, [4]int{8, 2, 0, 3}, [4]int{got.Tests, got.Failures, got.Errors, got.Skipped})
	require.Len(t, got.Suites, 1)
	outcomes := map[string]string{}
	for _, c := range got.Suites[0].Cases {
		outcome := "passed"
		if c.Failure != nil {
			outcome = "failed: " + c.Failure.Message
		}
		if c.Skipped != nil {
			outcome = "skipped: " + c.Skipped.Message
		}
		outcomes[c.Name] = outcome
	}
	assert.Equal(t, map[string]string{
		"loads on clean with libbpf":      "passed",
		"loads on refused with libbpf":    "failed: m on refused (and 1 more error)",
		"loads on suppressed with libbpf": "skipped: fails, which is suppressed",
		"loads on lowered with libbpf":    "skipped: fails by findings that count for less than an error",
		"loads on open with libbpf":       "skipped: undecided: depends on modules",
		"loads on attach with libbpf":     "failed: m on attach",
		"loads on optional with libbpf":   "passed",
		"loads on warned with libbpf":     "passed",
	}, outcomes)
}

// TestMarkdownBound has a report that no step summary could hold.
func TestMarkdownBound(t *testing.T) {
	t.Parallel()
	rep := many(4000)
	long := strings.Repeat("x", 10_000)
	for i := range 400 {
		rep.Objects = append(rep.Objects, analyzer.ObjectInfo{Name: fmt.Sprint(long, i)})
		rep.Verdicts = append(rep.Verdicts, analyzer.Verdict{Object: fmt.Sprint(long, i), Kernel: "6.1", Loader: "libbpf", Verdict: analyzer.Loads})
		rep.Errors = append(rep.Errors, analyzer.RuleError{Object: long, Message: fmt.Sprint(i)})
	}
	out := render(t, "markdown", rep, report.Options{})
	assert.LessOrEqual(t, len(out), 1<<20)
	assert.Regexp(t, `\n\d+ more rows left out: `, out)
	assert.Regexp(t, `\n\d+ more findings left out: `, out)
	assert.Regexp(t, `\n\d+ more lines left out: `, out)
	assert.Contains(t, out, "#### error: error 3999", "errors come first")
}

// TestMarkdownKernels has more kernels than a table has columns for.
func TestMarkdownKernels(t *testing.T) {
	t.Parallel()
	rep := &analyzer.Report{Objects: []analyzer.ObjectInfo{{Name: "a|b`c.o"}}, Loaders: []string{"libbpf", "cilium"}}
	for i := range 11 {
		name := fmt.Sprintf("6.%d", i)
		rep.Kernels = append(rep.Kernels, analyzer.KernelInfo{Name: name})
		for _, loader := range rep.Loaders {
			v := analyzer.Verdict{Object: "a|b`c.o", Kernel: name, Loader: loader, Verdict: analyzer.Loads}
			if i < 2 && loader == "cilium" {
				v.Verdict = analyzer.Fails
			}
			rep.Verdicts = append(rep.Verdicts, v)
		}
	}
	out := render(t, "markdown", rep, report.Options{})
	assert.Contains(t, out, "| object | loader | fails | undecided | loads |\n")
	assert.Contains(t, out, "| `` a\\|b`c.o `` | libbpf | | | ✅ 6.0, 6.1, 6.2 and 8 more |\n")
	assert.Contains(t, out, "| `` a\\|b`c.o `` | cilium | ❌ 6.0 and 6.1 | | ✅ 6.2, 6.3, 6.4 and 6 more |\n")
}

// TestMarkdownText has what Markdown, HTML or GitHub would obey.
func TestMarkdownText(t *testing.T) {
	t.Parallel()
	rep := many(1)
	tests := []struct{ name, in, want string }{
		{"names", "kfunc bpf_foo_bar of task->state (x)", `kfunc bpf_foo_bar of task-\>state (x)`},
		{"emphasis", "**b** _i_ ~s~ `c`", "\\*\\*b\\*\\* \\_i\\_ \\~s\\~ \\`c\\`"},
		{"link", "[a](b) https://x", `\[a\](b) https\://x`},
		{"address without a scheme", "see www.a.invalid or a.b", `see www\.a.invalid or a.b`},
		{"markup", "<b>&amp;", "&lt;b\\>&amp;amp;"},
		{"mention", "@team", "@<!-- -->team"},
		{"table", "a|b", `a\|b`},
		{"list", "- x", `\- x`},
	}
	for _, tt := range tests {
		rep.Findings[2].Message = tt.in
		assert.Contains(t, render(t, "markdown", rep, report.Options{}), "#### error: "+tt.want+"\n", tt.name)
	}
}

// TestFindingsAboutNoLoad has findings about something else than the objects of
// the run: no format loses them.
func TestFindingsAboutNoLoad(t *testing.T) {
	t.Parallel()
	rep := many(1)
	rep.Findings = append(rep.Findings,
		analyzer.Finding{Rule: "ignore-expired", Severity: analyzer.Error, Message: "the first", Location: bpfobj.Location{Insn: -1, Source: bpfobj.Source{File: ".btflint.yaml", Line: 3}}},
		analyzer.Finding{Rule: "ignore-unused", Severity: analyzer.Warning, Message: "the second", Location: bpfobj.Location{Object: "other.o", Insn: -1}},
	)
	for _, format := range report.Formats() {
		out := render(t, format, rep, report.Options{})
		assert.Contains(t, out, "the first", format)
		assert.Contains(t, out, "the second", format)
	}
	var got junitReport
	require.NoError(t, xml.Unmarshal([]byte(render(t, "junit", rep, report.Options{})), &got))
	assert.Equal(t, [2]int{4, 2}, [2]int{got.Tests, got.Failures})
}
