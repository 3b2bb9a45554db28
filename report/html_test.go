package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/report"
)

// between is what stands between two marks.
func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, from)
	require.True(t, found, "no %q", from)
	inner, _, found := strings.Cut(rest, to)
	require.True(t, found, "no %q", to)
	return inner
}

// TestHTMLGolden compares the body of the page, without style and script.
func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	page := render(t, "html", sample(t), report.Options{})
	golden(t, "html", between(t, page, "<body>\n", "<script>"))
	assert.Equal(t, page, render(t, "html", sample(t), report.Options{}), "the same run gives the same bytes")
	nothing := render(t, "html", &analyzer.Report{}, report.Options{})
	assert.Contains(t, nothing, "Nothing was checked.")
}

// TestHTMLPolicy checks that the page's policy names exactly its own style and
// script, and that nothing of it would be loaded from elsewhere.
func TestHTMLPolicy(t *testing.T) {
	t.Parallel()
	page := render(t, "html", sample(t), report.Options{})
	policy := between(t, page, `http-equiv="Content-Security-Policy" content="`, `"`)
	assert.True(t, strings.HasPrefix(policy, "default-src 'none'; "))
	for _, element := range []string{"style", "script"} {
		sum := sha256.Sum256([]byte(between(t, page, "<"+element+">", "</"+element+">")))
		assert.Contains(t, policy, element+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		assert.Equal(t, 1, strings.Count(page, "<"+element))
	}
	assert.NotRegexp(t, `(?i)\b(src|srcset|background)=|url\(|@import|<(img|link|iframe|base)\b`, page)
	for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		assert.True(t, strings.HasPrefix(href[1], "#"), href[1])
	}
}

// TestHTMLLinks checks that every place that the page links to is there once.
func TestHTMLLinks(t *testing.T) {
	t.Parallel()
	rep := sample(t)
	twin := rep.Findings[1]
	rep.Findings = append(rep.Findings, twin) // one fingerprint twice
	page := render(t, "html", rep, report.Options{})
	ids := map[string]int{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		ids[id[1]]++
	}
	for id, n := range ids {
		assert.Equal(t, 1, n, id)
	}
	assert.Contains(t, ids, "f-"+twin.Fingerprint+"-2")
	links := 0
	for _, href := range regexp.MustCompile(`href="#([^"=]*)"`).FindAllStringSubmatch(page, -1) {
		assert.Contains(t, ids, href[1])
		links++
	}
	assert.Positive(t, links)
}

func TestHTMLEscapes(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><a href="javascript:alert(2)" x='&`
	page := render(t, "html", &analyzer.Report{
		Objects: []analyzer.ObjectInfo{{Name: evil}}, Kernels: []analyzer.KernelInfo{{Name: evil, Release: evil}}, Loaders: []string{evil},
		Verdicts: []analyzer.Verdict{{Object: evil, Kernel: evil, Loader: evil, Verdict: analyzer.Undecided, Reasons: []string{evil}}},
		Findings: []analyzer.Finding{{
			Rule: evil, Message: evil, Hint: evil, Fingerprint: evil, Kernels: []string{evil}, Loaders: []string{evil},
			Location: bpfobj.Location{Object: evil, Source: bpfobj.Source{File: evil, Line: 1, Column: 3, Text: evil}},
		}},
	}, report.Options{})
	assert.Equal(t, 1, strings.Count(page, "<script"))
	assert.NotContains(t, page, `<a href="javascript`)
	assert.Contains(t, page, "&lt;script&gt;")
}

// TestHTMLColumns has more kernels than columns: those that fare alike share one.
func TestHTMLColumns(t *testing.T) {
	t.Parallel()
	rep := &analyzer.Report{Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Loaders: []string{"libbpf"}}
	for i := range 40 {
		name := fmt.Sprintf("6.%d", i)
		verdict := analyzer.Loads
		if i == 7 {
			verdict = analyzer.Fails
		}
		rep.Kernels = append(rep.Kernels, analyzer.KernelInfo{Name: name})
		rep.Verdicts = append(rep.Verdicts, analyzer.Verdict{Object: "x.o", Kernel: name, Loader: "libbpf", Verdict: verdict})
	}
	page := render(t, "html", rep, report.Options{})
	head := between(t, page, "<thead>", "</thead>")
	assert.Contains(t, head, ">6.0, 6.1, 6.2 and 36 more</th>")
	assert.Contains(t, head, ">6.7</th>")
	assert.Equal(t, 4, strings.Count(head, "</th>"))

	rep.Kernels, rep.Verdicts = rep.Kernels[:24], rep.Verdicts[:24]
	head = between(t, render(t, "html", rep, report.Options{}), "<thead>", "</thead>")
	assert.Equal(t, 2+24, strings.Count(head, "</th>"))
}
