package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
)

// verdicts are those of an object with one loader on the kernels; programs are
// given by a letter each: f(ails), l(oads) or u(ndecided), the last is the object.
func verdicts(object string, kernels map[string]string) []analyzer.Verdict {
	var list []analyzer.Verdict
	for _, kernel := range []string{"", "6.1", "6.12", "7.2"} {
		fates := kernels[kernel]
		for i, c := range fates {
			v := analyzer.Verdict{Object: object, Kernel: kernel, Loader: "libbpf", Program: "p" + string(rune('0'+i))}
			v.Verdict = map[rune]string{'f': analyzer.Fails, 'l': analyzer.Loads, 'u': analyzer.Undecided}[c]
			if c == 'u' {
				v.Reasons = []string{"a rule failed", "depends on modules"}
			}
			if i == len(fates)-1 {
				v.Program = ""
			}
			list = append(list, v)
		}
	}
	return list
}

func TestProgramsAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		kernels map[string]string
		text    string // the lines about programs
		compact string
	}{
		{"all load", map[string]string{"6.1": "lll"}, "", ""},
		{"all fail", map[string]string{"6.1": "fff"}, "", ""},
		{"some fail, the object loads", map[string]string{"6.1": "lfll", "6.12": "lfll", "7.2": "llll"},
			"   6.1 and 6.12: 1 of 3 programs fails when loaded alone: p1\n", ""},
		{"many fail", map[string]string{"6.1": "fffffffl"},
			"   6.1: 7 of 7 programs fail when loaded alone: p0, p1, p2, p3, p4, ...\n", ""},
		{"some load, the object fails", map[string]string{"6.1": "fflf"},
			"   6.1: 2 of 3 programs fail when loaded alone: p0, p1\n", ""},
		{"all load, the object fails", map[string]string{"6.1": "lulf"},
			"   6.1: no program fails when loaded alone\n   6.1: 1 of 3 programs is undecided when loaded alone: p1\n",
			"x.o: undecided: 1 of 3 programs when loaded alone: p1 (6.1, libbpf)\n"},
		{"no programs, the object fails", map[string]string{"6.1": "f"}, "", ""},
		{"undecided", map[string]string{"6.1": "uuu", "7.2": "lll"}, "",
			"x.o: undecided: a rule failed; depends on modules (6.1, libbpf)\n"},
		{"undecided without a kernel", map[string]string{"": "ufu"},
			"   1 of 2 programs fails when loaded alone: p1\n",
			"x.o: undecided: a rule failed; depends on modules (libbpf)\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep := &analyzer.Report{
				Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Loaders: []string{"libbpf"}, Verdicts: verdicts("x.o", tt.kernels),
			}
			assert.Equal(t, tt.compact, render(t, "compact", rep, report.Options{}))
			text := render(t, "text", rep, report.Options{})
			first, rest, _ := bytes.Cut([]byte(text), []byte("\n"))
			assert.Contains(t, string(first), "x.o  libbpf: ")
			assert.Equal(t, tt.text+"1 object, 0 kernels: 0 errors, 0 warnings, 0 notes\n", string(rest))
		})
	}
}

// TestKnownVerdict suppresses what keeps an object from loading: the verdict stays
// and says so, in the words of every format.
func TestKnownVerdict(t *testing.T) {
	t.Parallel()
	const certain, depends = `fails`, `undecided`
	tests := []struct {
		name     string
		verdict  string
		findings []analyzer.Finding
		omitted  int
		known    bool
	}{
		{"suppressed error", certain, []analyzer.Finding{{Severity: analyzer.Error, Suppressed: "old"}}, 0, true},
		{"suppressed error and a warning", certain, []analyzer.Finding{{Severity: analyzer.Error, Suppressed: "old"}, {Severity: analyzer.Warning}}, 0, true},
		{"one of two errors", certain, []analyzer.Finding{{Severity: analyzer.Error, Suppressed: "old"}, {Severity: analyzer.Error}}, 0, false},
		{"error", certain, []analyzer.Finding{{Severity: analyzer.Error}}, 0, false},
		{"error that weighs less now", certain, []analyzer.Finding{{Severity: analyzer.Warning}}, 0, false},
		{"more errors than there is room for", certain, []analyzer.Finding{{Severity: analyzer.Error, Suppressed: "old"}}, 1, false},
		{"more warnings than there is room for", certain, []analyzer.Finding{{Severity: analyzer.Error, Suppressed: "old"}, {Severity: analyzer.Warning}}, 1, true},
		{"suppressed doubt", depends, []analyzer.Finding{{Severity: analyzer.Warning, DependsOn: "modules", Suppressed: "old"}}, 0, true},
		{"doubt", depends, []analyzer.Finding{{Severity: analyzer.Warning, DependsOn: "modules"}}, 0, false},
		{"another doubt", depends, []analyzer.Finding{{Severity: analyzer.Warning, DependsOn: "config", Suppressed: "old"}}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := analyzer.Verdict{Object: "x.o", Kernel: "6.1", Loader: "libbpf", Verdict: tt.verdict, Omitted: tt.omitted}
			if tt.verdict == depends {
				v.Reasons = []string{"depends on modules"}
			}
			for i := range tt.findings {
				f := &tt.findings[i]
				f.Location.Object, f.Kernels, f.Loaders = "x.o", []string{"6.1"}, []string{"libbpf"}
				v.Findings = append(v.Findings, i)
			}
			rep := &analyzer.Report{
				Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Kernels: []analyzer.KernelInfo{{Name: "6.1"}}, Loaders: []string{"libbpf"},
				Findings: tt.findings, Verdicts: []analyzer.Verdict{v},
			}
			assert.Equal(t, tt.known, rep.Known(&v))
			word := tt.verdict
			if tt.known {
				word += " (suppressed)"
			}
			assert.Contains(t, render(t, "text", rep, report.Options{}), "x.o  libbpf: 6.1 "+word+" (0 programs)\n")
			assert.Contains(t, render(t, "markdown", rep, report.Options{}), " "+word+" |\n")
			assert.Contains(t, render(t, "html", rep, report.Options{}), ">"+word+"</a>")
			assert.Contains(t, render(t, "json", rep, report.Options{}), `"verdict":"`+tt.verdict+`"`)
			assert.Equal(t, tt.known, strings.Contains(render(t, "json", rep, report.Options{}), `"suppressed":true}`))
		})
	}
}

// What loads and is refused later on does not pass for what merely loads.
func TestUnattachable(t *testing.T) {
	t.Parallel()
	finding := analyzer.Finding{
		Rule: "struct-ops-name", Severity: analyzer.Error, Stage: plan.StageAttach, Message: "no name",
		Kernels: []string{"6.12"}, Loaders: []string{"libbpf"}, Location: bpfobj.Location{Object: "x.o", Insn: -1},
	}
	rep := func(change func(f *analyzer.Finding)) *analyzer.Report {
		f := finding
		change(&f)
		return &analyzer.Report{
			Objects: []analyzer.ObjectInfo{{Name: "x.o"}}, Loaders: []string{"libbpf"}, Findings: []analyzer.Finding{f},
			Kernels:  []analyzer.KernelInfo{{Name: "6.1"}, {Name: "6.12"}},
			Verdicts: verdicts("x.o", map[string]string{"6.1": "ll", "6.12": "ll"}),
		}
	}
	tests := []struct {
		name   string
		change func(f *analyzer.Finding)
		want   bool
	}{
		{"error at attach", func(*analyzer.Finding) {}, true},
		{"warning at attach", func(f *analyzer.Finding) { f.Severity = analyzer.Warning }, false},
		{"error at load", func(f *analyzer.Finding) { f.Stage = plan.StageLoad }, false},
		{"suppressed", func(f *analyzer.Finding) { f.Suppressed = "known" }, false},
		{"another object", func(f *analyzer.Finding) { f.Location.Object = "y.o" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const text, cells = "6.12: loads, and is refused when it is attached\n", "| ✅ loads | ❌ loads, attaching fails |"
			r := rep(tt.change)
			assert.Equal(t, tt.want, strings.Contains(render(t, "text", r, report.Options{}), text))
			assert.Equal(t, tt.want, strings.Contains(render(t, "markdown", r, report.Options{}), cells))
		})
	}
}

// Findings of which the line says the same are one line in the compact format.
func TestCompactOnce(t *testing.T) {
	t.Parallel()
	finding := analyzer.Finding{Rule: "r", Severity: analyzer.Error, Message: "m", Location: bpfobj.Location{
		Object: "x.o", Program: "p", Insn: 3, Source: bpfobj.Source{File: "x.c", Line: 7, Column: 2},
	}}
	rep := &analyzer.Report{}
	for _, change := range []func(*analyzer.Finding){
		func(*analyzer.Finding) {},
		func(f *analyzer.Finding) { f.Stage = plan.StageAttach },
		func(f *analyzer.Finding) { f.Loaders, f.Hint = []string{"aya"}, "h" },
		func(f *analyzer.Finding) { f.Location.Program, f.Location.Insn = "q", 9 },
		func(f *analyzer.Finding) { f.Optional = true },
		func(f *analyzer.Finding) { f.Suppressed = "known" },
		func(f *analyzer.Finding) { f.Location.Source.Column = 3 },
	} {
		f := finding
		change(&f)
		rep.Findings = append(rep.Findings, f)
	}
	assert.Equal(t, `x.c:7:2: error: m [r]
x.c:7:2: warning: m [r]
x.c:7:2: error: m [r] (suppressed)
x.c:7:3: error: m [r]
`, render(t, "compact", rep, report.Options{ShowSuppressed: true}))
}

// What was not checked is a line of its own in the compact format.
func TestCompactSkips(t *testing.T) {
	t.Parallel()
	rep := &analyzer.Report{Skips: []analyzer.Skip{
		{Loader: "aya", Reason: "all but CO-RE relocations"},
		{Kernel: "6.1", Rules: []string{"kconfig-unset", "kconfig-value"}, Reason: "config unknown: 2 rules not run"},
		{Rules: []string{"kfunc-missing"}, Reason: "no kernel given: 1 rule not run"},
	}}
	assert.Equal(t, `aya: not checked: all but CO-RE relocations
6.1: not checked: config unknown: 2 rules not run (kconfig-unset and kconfig-value)
btflint: not checked: no kernel given: 1 rule not run (kfunc-missing)
`, render(t, "compact", rep, report.Options{}))
}

func TestTextWithoutObjects(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, "text", &analyzer.Report{
		Kernels: []analyzer.KernelInfo{{Name: "6.1"}}, Errors: []analyzer.RuleError{{Object: "x.o", Message: "empty file"}},
	}, report.Options{}))
	assert.Equal(t, "0 objects, 1 kernel: nothing was checked\nincomplete: 1 error kept something from being analysed\n", b.String())
}
