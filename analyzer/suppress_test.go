package analyzer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// suppressed is a run of the rules "bad" and those of the engine on x.o.
func suppressed(t *testing.T, s analyzer.Suppressions, names ...string) *analyzer.Report {
	t.Helper()
	rep, err := analyzer.Run(t.Context(), analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: kernels(t, names...), Loaders: loaders,
		Rules:   append(analyzer.OwnRules(), rule("bad", always)),
		Options: analyzer.Options{Suppress: s},
	})
	require.NoError(t, err)
	return rep
}

// targets are the kernels and loaders of a finding, and why it is suppressed.
type targets struct {
	kernels, loaders []string
	by, reason       string
}

func targetsOf(rep *analyzer.Report, rule string) []targets {
	var list []targets
	for _, f := range rep.Findings {
		if f.Rule == rule {
			list = append(list, targets{f.Kernels, f.Loaders, f.SuppressedBy, f.Suppressed})
		}
	}
	return list
}

// TestSuppressTargets suppresses a finding on some of its targets alone: it
// becomes several.
func TestSuppressTargets(t *testing.T) {
	t.Parallel()
	both := []string{"libbpf", "cilium"}
	tests := []struct {
		name    string
		matches func(kernel, loader string) bool
		want    []targets
	}{
		{"none", func(string, string) bool { return false }, []targets{{[]string{"1", "2"}, both, "", ""}}},
		{"all", func(string, string) bool { return true }, []targets{{[]string{"1", "2"}, both, "config", "known"}}},
		{"a kernel", func(k, _ string) bool { return k == "2" }, []targets{
			{[]string{"1"}, both, "", ""},
			{[]string{"2"}, both, "config", "known"},
		}},
		{"a loader", func(_, l string) bool { return l == "cilium" }, []targets{
			{[]string{"1", "2"}, []string{"libbpf"}, "", ""},
			{[]string{"1", "2"}, []string{"cilium"}, "config", "known"},
		}},
		{"one target", func(k, l string) bool { return k == "1" && l == "libbpf" }, []targets{
			{[]string{"1"}, []string{"libbpf"}, "config", "known"},
			{[]string{"1"}, []string{"cilium"}, "", ""},
			{[]string{"2"}, both, "", ""},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep := suppressed(t, analyzer.Suppressions{Ignores: []analyzer.Ignore{{
				Rules: []string{"bad"}, Reason: "known",
				Matches: func(f *analyzer.Finding, kernel, loader string) bool {
					assert.Equal(t, "bad", f.Rule)
					return tt.matches(kernel, loader)
				},
			}}}, "1", "2")
			assert.ElementsMatch(t, tt.want, targetsOf(rep, "bad"))
			for _, v := range rep.Verdicts {
				assert.Equal(t, analyzer.Fails, v.Verdict, "what is known is refused all the same")
				require.Len(t, v.Findings, 1)
				f := rep.Findings[v.Findings[0]]
				assert.Contains(t, f.Kernels, v.Kernel)
				assert.Contains(t, f.Loaders, v.Loader)
			}
		})
	}
}

// TestSuppressCounts has the exit code count what is not suppressed.
func TestSuppressCounts(t *testing.T) {
	t.Parallel()
	all := analyzer.Suppressions{Ignores: []analyzer.Ignore{{Rules: []string{"bad"}, Reason: "known"}}}
	rep := suppressed(t, all, "1")
	assert.Equal(t, analyzer.ExitClean, rep.ExitCode(analyzer.Note))
	assert.Equal(t, analyzer.Counts{Suppressed: 1}, rep.Count())
	other := analyzer.Suppressions{Ignores: []analyzer.Ignore{{Rules: []string{"other"}, Reason: "known"}}}
	assert.Equal(t, analyzer.ExitFindings, suppressed(t, other, "1").ExitCode(analyzer.Error))
}

// TestSuppressUnused reports what suppresses nothing, where the run can tell.
func TestSuppressUnused(t *testing.T) {
	t.Parallel()
	place := bpfobj.Location{Object: ".btflint.yaml", Source: bpfobj.Source{File: ".btflint.yaml", Line: 3}}
	ignore := func(change func(*analyzer.Ignore)) analyzer.Suppressions {
		i := analyzer.Ignore{Rules: []string{"bad"}, Reason: "known", Location: place, Matches: func(*analyzer.Finding, string, string) bool { return false }}
		if change != nil {
			change(&i)
		}
		return analyzer.Suppressions{UnusedIgnores: true, Ignores: []analyzer.Ignore{i}}
	}
	rep := suppressed(t, ignore(nil), "1", "2")
	assert.Equal(t, []targets{{[]string{"1", "2"}, []string{"libbpf", "cilium"}, "", ""}}, targetsOf(rep, "suppression-unused"))
	last := rep.Findings[len(rep.Findings)-1]
	assert.Equal(t, "ignore suppresses nothing: no finding of bad", last.Message)
	assert.Equal(t, place, last.Location)
	assert.NotEmpty(t, last.Fingerprint)

	quiet := ignore(nil)
	quiet.UnusedIgnores = false
	assert.Empty(t, targetsOf(suppressed(t, quiet, "1"), "suppression-unused"), "the run is not all")
	assert.Empty(t, targetsOf(suppressed(t, ignore(nil)), "suppression-unused"), "no kernel")
	used := ignore(func(i *analyzer.Ignore) { i.Matches = nil })
	assert.Empty(t, targetsOf(suppressed(t, used, "1"), "suppression-unused"))
	absent := ignore(func(i *analyzer.Ignore) { i.Rules = []string{"bad", "absent"} })
	assert.Empty(t, targetsOf(suppressed(t, absent, "1"), "suppression-unused"), "a rule that was not run")
	expired := ignore(func(i *analyzer.Ignore) { i.Expired, i.Matches = "2000-01-01", nil })
	rep = suppressed(t, expired, "1")
	assert.Empty(t, targetsOf(rep, "suppression-unused"))
	assert.Len(t, targetsOf(rep, "suppression-invalid"), 1)
	assert.Equal(t, analyzer.ExitFindings, rep.ExitCode(analyzer.Error), "what it suppressed is shown again")
}

// TestOwnPaths has path maps, which are for what the compiler saw.
func TestOwnPaths(t *testing.T) {
	t.Parallel()
	rep, err := analyzer.Run(t.Context(), analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: kernels(t, "1"), Rules: append(analyzer.OwnRules(), rule("bad", always)),
		Options: analyzer.Options{
			PathMap: []analyzer.PathMapping{{From: ".", To: "bpf"}},
			Suppress: analyzer.Suppressions{Ignores: []analyzer.Ignore{{
				Rules: []string{"bad"}, Reason: "known", Expired: "2000-01-01",
				Location: bpfobj.Location{Object: ".btflint.yaml", Source: bpfobj.Source{File: ".btflint.yaml", Line: 3}},
			}}},
		},
	})
	require.NoError(t, err)
	last := rep.Findings[len(rep.Findings)-1]
	assert.Equal(t, "suppression-invalid", last.Rule)
	assert.Equal(t, ".btflint.yaml", last.Location.Source.File)
}

// TestBaseline knows the findings of an earlier run, and no worse ones.
func TestBaseline(t *testing.T) {
	t.Parallel()
	first := suppressed(t, analyzer.Suppressions{}, "1")
	require.Len(t, first.Findings, 1)
	entry := analyzer.Known{
		Fingerprint: first.Findings[0].Fingerprint, Rule: "bad", Object: "x.o", Severity: analyzer.Error, Kernels: []string{"1"},
		Loaders: []string{"libbpf", "cilium"}, Reason: "known",
	}
	tests := []struct {
		name   string
		change func(*analyzer.Known)
		known  bool
	}{
		{"the same", func(*analyzer.Known) {}, true},
		{"any kernel", func(e *analyzer.Known) { e.Kernels = nil }, true},
		{"any loader", func(e *analyzer.Known) { e.Loaders = nil }, true},
		{"another kernel", func(e *analyzer.Known) { e.Kernels = []string{"2"} }, false},
		{"less severe", func(e *analyzer.Known) { e.Severity = analyzer.Warning }, false},
		{"another rule", func(e *analyzer.Known) { e.Rule = "other" }, false},
		{"another finding", func(e *analyzer.Known) { e.Fingerprint = "0" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := entry
			tt.change(&e)
			rep := suppressed(t, analyzer.Suppressions{Baseline: []analyzer.Known{e}}, "1")
			want := targets{[]string{"1"}, []string{"libbpf", "cilium"}, "", ""}
			if tt.known {
				want.by, want.reason = "baseline", "known"
			}
			assert.Equal(t, []targets{want}, targetsOf(rep, "bad"))
		})
	}
}

// TestBaselineOfNote has a finding of the baseline become a note: the entry is no
// longer needed.
func TestBaselineOfNote(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		severity analyzer.Severity
		unused   int
	}{
		{"warning", analyzer.Warning, 0},
		{"note", analyzer.Note, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run := func(s analyzer.Suppressions) *analyzer.Report {
				rep, err := analyzer.Run(t.Context(), analyzer.Input{
					Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: kernels(t, "1"), Loaders: loaders,
					Rules:   append(analyzer.OwnRules(), rule("bad", always)),
					Options: analyzer.Options{Suppress: s, Severities: map[string]analyzer.Severity{"bad": tt.severity}},
				})
				require.NoError(t, err)
				return rep
			}
			entry := analyzer.Known{
				Fingerprint: run(analyzer.Suppressions{}).Findings[0].Fingerprint, Rule: "bad", Object: "x.o", Severity: analyzer.Error, Reason: "known",
			}
			rep := run(analyzer.Suppressions{Baseline: []analyzer.Known{entry}})
			assert.Equal(t, []targets{{[]string{"1"}, []string{"libbpf", "cilium"}, "baseline", "known"}}, targetsOf(rep, "bad"))
			assert.Len(t, targetsOf(rep, "suppression-unused"), tt.unused)
		})
	}
}

// TestSeverities gives findings another severity, and verdicts none.
func TestSeverities(t *testing.T) {
	t.Parallel()
	for _, severity := range []analyzer.Severity{analyzer.Note, analyzer.Warning, analyzer.Error} {
		rep, err := analyzer.Run(t.Context(), analyzer.Input{
			Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: kernels(t, "1"), Rules: []*analyzer.Rule{rule("bad", always)},
			Options: analyzer.Options{Severities: map[string]analyzer.Severity{"bad": severity}},
		})
		require.NoError(t, err)
		require.Len(t, rep.Findings, 1)
		assert.Equal(t, severity, rep.Findings[0].Severity)
		for _, v := range rep.Verdicts {
			assert.Equal(t, analyzer.Fails, v.Verdict)
		}
	}
}

// TestOwnRules holds the engine's rules to what rules have.
func TestOwnRules(t *testing.T) {
	t.Parallel()
	own := analyzer.OwnRules()
	for i, r := range own {
		assert.Nil(t, r.Run, r.Name)
		assert.NotEmpty(t, r.Doc.Title, r.Name)
		assert.NotEmpty(t, r.Doc.Why, r.Name)
		assert.NotEmpty(t, r.Doc.Fix, r.Name)
		if i > 0 {
			assert.Less(t, own[i-1].Name, r.Name)
		}
	}
}
