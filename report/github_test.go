package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/report"
)

// many is a report of n findings of each severity, the lightest first.
func many(n int) *analyzer.Report {
	rep := &analyzer.Report{Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Kernels: []analyzer.KernelInfo{{Name: "6.1"}}, Loaders: []string{"libbpf"}}
	for s := analyzer.Note; s <= analyzer.Error; s++ {
		for i := range n {
			rep.Findings = append(rep.Findings, analyzer.Finding{
				Rule: "r", Severity: s, Message: fmt.Sprintf("%s %d", s, i), Fingerprint: fmt.Sprintf("%s-%d", s, i),
				Kernels: []string{"6.1"}, Loaders: []string{"libbpf"}, Location: bpfobj.Location{Object: "x.o"},
			})
		}
	}
	return rep
}

// commands are the workflow commands that the runner obeys, by name.
func commands(out string) map[string][]string {
	obeyed := map[string][]string{}
	end := ""
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case end != "":
			if line == end {
				end = ""
			}
		case strings.HasPrefix(line, "::stop-commands::"):
			end = "::" + strings.TrimPrefix(line, "::stop-commands::") + "::"
		case strings.HasPrefix(line, "::"):
			name, _, _ := strings.Cut(line[2:], " ")
			obeyed[name] = append(obeyed[name], line)
		}
	}
	return obeyed
}

// TestGitHubLimits has more findings than GitHub shows: what weighs most is
// annotated, and the rest is in the log.
func TestGitHubLimits(t *testing.T) {
	t.Parallel()
	out := render(t, "github", many(13), report.Options{ShowNotes: true})
	got := commands(out)
	assert.Len(t, got["error"], 10)
	assert.Len(t, got["warning"], 10)
	require.Len(t, got["notice"], 10)
	assert.Contains(t, got["notice"][9], "3 more errors, 3 more warnings and 4 more notices, which GitHub would not show")
	assert.Contains(t, out, "\nx.o: error: error 12 [r]\n")
	assert.Contains(t, out, "\n1 object, 1 kernel: 13 errors, 13 warnings, 13 notes\n")

	got = commands(render(t, "github", many(10), report.Options{}))
	assert.Len(t, got["error"], 10)
	assert.Empty(t, got["notice"], "notes are not shown, and nothing is left out")
}

// TestGitHubCommandsOfOthers has a file whose name is a workflow command, in
// what is written for people.
func TestGitHubCommandsOfOthers(t *testing.T) {
	t.Parallel()
	rep := many(11)
	for i := range rep.Findings {
		rep.Findings[i].Location.Source = bpfobj.Source{File: "::add-mask::x", Line: i + 1}
	}
	out := render(t, "github", rep, report.Options{})
	assert.Contains(t, out, "\n::add-mask::x:33: error: ")
	for name := range commands(out) {
		assert.Contains(t, []string{"error", "warning", "notice"}, name)
	}
}

// TestGitHubSARIFLimits has more results than code scanning shows.
func TestGitHubSARIFLimits(t *testing.T) {
	t.Parallel()
	log := decodeSARIF(t, "github-sarif", many(2500), report.Options{ShowNotes: true})
	require.Len(t, log.Runs[0].Results, 5000)
	levels := map[string]int{}
	for _, r := range log.Runs[0].Results {
		word, _, _ := strings.Cut(r.Message.Text, " ")
		levels[word]++
	}
	assert.Equal(t, map[string]int{"error": 2500, "warning": 2500}, levels)
	require.Len(t, log.Runs[0].Invocations, 1)
	notes := log.Runs[0].Invocations[0].ToolExecutionNotifications
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0].Message.Text, "2500 results of the lowest severity left out")
	assert.Len(t, decodeSARIF(t, "sarif", many(2500), report.Options{}).Runs[0].Results, 7500)
}

// TestGitHubSARIFSize has results whose texts do not compress.
func TestGitHubSARIFSize(t *testing.T) {
	t.Parallel()
	rep := many(1)
	state := uint64(1)
	for range 50 {
		f := rep.Findings[2]
		var text strings.Builder
		for range 25_000 {
			state = state*6364136223846793005 + 1442695040888963407
			fmt.Fprintf(&text, "%016x", state)
		}
		f.Message, f.Fingerprint = text.String(), text.String()[:32]
		rep.Findings = append(rep.Findings, f)
	}
	log := decodeSARIF(t, "github-sarif", rep, report.Options{ShowNotes: true})
	n := len(log.Runs[0].Results)
	assert.Positive(t, n)
	assert.Less(t, n, 50, "each takes 200 kB compressed")
	assert.Contains(t, log.Runs[0].Invocations[0].ToolExecutionNotifications[0].Message.Text, fmt.Sprintf("%d results", 53-n))
}

// TestGitHubSARIFFolds has findings of a rule on one line of a source file that
// can be read: code scanning would take the second for the first.
func TestGitHubSARIFFolds(t *testing.T) {
	t.Parallel()
	rep := many(1)
	for i := range rep.Findings {
		rep.Findings[i].Location.Source = bpfobj.Source{File: "bpf/prog.bpf.c", Line: 42, Column: 2, Text: "\tif (x)"}
	}
	one := decodeSARIF(t, "github-sarif", rep, report.Options{ShowNotes: true, SourceRoot: "testdata/src"})
	require.Len(t, one.Runs[0].Results, 1)
	assert.Equal(t, "error 0.\nwarning 0.\nnote 0.", one.Runs[0].Results[0].Message.Text)
	assert.Equal(t, "error", one.Runs[0].Results[0].Level)
	assert.Len(t, decodeSARIF(t, "sarif", rep, report.Options{SourceRoot: "testdata/src"}).Runs[0].Results, 3)
	assert.Len(t, decodeSARIF(t, "github-sarif", rep, report.Options{ShowNotes: true}).Runs[0].Results, 3, "told apart by what they are about")
}
