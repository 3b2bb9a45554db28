package analyzer_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/analyzer/plan"
)

var loaders = []*plan.Loader{plan.Libbpf, plan.Cilium}

// object has the XDP programs of those names.
func object(name string, programs ...string) *bpfobj.Object {
	obj := &bpfobj.Object{Name: name, License: "GPL", HasLicense: true}
	for i, p := range programs {
		fn := &bpfobj.Function{Name: p, Section: 1, SectionName: "xdp", Offset: uint64(8 * i), SizeBytes: 8}
		prog := &bpfobj.Program{Function: fn}
		fn.Program = prog
		obj.Functions = append(obj.Functions, fn)
		obj.Programs = append(obj.Programs, prog)
	}
	return obj
}

func kernels(t testing.TB, names ...string) []*kernel.Kernel {
	t.Helper()
	var list []*kernel.Kernel
	for _, name := range names {
		list = append(list, &kernel.Kernel{Name: name, Types: new(btftest.Builder).Graph(t)})
	}
	return list
}

// rule reports an error about the whole object wherever holds says so.
func rule(name string, holds func(k, l string) bool) *analyzer.Rule {
	return &analyzer.Rule{Name: name, Severity: analyzer.Error, Run: func(p *analyzer.Pass) error {
		k := ""
		if p.Plan.Kernel != nil {
			k = p.Plan.Kernel.Name
		}
		if holds(k, p.Plan.Loader.Name) {
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
				Message:  `map "m" is refused by {kernel}`,
				Hint:     "{loader} cannot do it",
				Location: bpfobj.Location{Symbol: "map m", Insn: -1},
			})
		}
		return nil
	}}
}

func always(_, _ string) bool { return true }

func run(t testing.TB, in analyzer.Input) *analyzer.Report {
	t.Helper()
	rep, err := analyzer.Run(context.Background(), in)
	require.NoError(t, err)
	return rep
}

func TestRunMergesExactly(t *testing.T) {
	t.Parallel()
	type merged struct{ kernels, loaders, message, hint string }
	tests := []struct {
		name    string
		kernels []string
		holds   string // kernel/loader pairs
		want    []merged
	}{
		{"everywhere", []string{"7.2", "6.1"}, "6.1/libbpf 6.1/cilium 7.2/libbpf 7.2/cilium", []merged{
			{"6.1 7.2", "libbpf cilium", `map "m" is refused by 6.1 and 7.2`, "libbpf and cilium cannot do it"},
		}},
		{"diagonal", []string{"6.1", "7.2"}, "6.1/libbpf 7.2/cilium", []merged{
			{"6.1", "libbpf", `map "m" is refused by 6.1`, "libbpf cannot do it"},
			{"7.2", "cilium", `map "m" is refused by 7.2`, "cilium cannot do it"},
		}},
		{"corner missing", []string{"6.1", "6.12", "7.2"}, "6.1/libbpf 6.1/cilium 6.12/libbpf 6.12/cilium 7.2/libbpf", []merged{
			{"6.1 6.12", "libbpf cilium", `map "m" is refused by 6.1 and 6.12`, "libbpf and cilium cannot do it"},
			{"7.2", "libbpf", `map "m" is refused by 7.2`, "libbpf cannot do it"},
		}},
		{"versions in numeric order", []string{"6.12", "6.1", "5.10"}, "6.12/cilium 6.1/cilium 5.10/cilium", []merged{
			{"5.10 6.1 6.12", "cilium", `map "m" is refused by 5.10, 6.1 and 6.12`, "cilium cannot do it"},
		}},
		{"many kernels", []string{"1", "2", "3", "4", "5", "6"}, "1/libbpf 2/libbpf 3/libbpf 4/libbpf 5/libbpf 6/libbpf", []merged{
			{"1 2 3 4 5 6", "libbpf", `map "m" is refused by 1, 2, 3 and 3 more`, "libbpf cannot do it"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pairs := strings.Fields(tt.holds)
			rep := run(t, analyzer.Input{
				Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: kernels(t, tt.kernels...), Loaders: loaders,
				Rules: []*analyzer.Rule{rule("map-refused", func(k, l string) bool {
					for _, p := range pairs {
						if p == k+"/"+l {
							return true
						}
					}
					return false
				})},
			})
			var got []merged
			for _, f := range rep.Findings {
				got = append(got, merged{strings.Join(f.Kernels, " "), strings.Join(f.Loaders, " "), f.Message, f.Hint})
			}
			assert.Equal(t, tt.want, got)
			for _, v := range rep.Verdicts {
				if strings.Contains(" "+tt.holds+" ", " "+v.Kernel+"/"+v.Loader+" ") {
					require.Len(t, v.Findings, 1)
					assert.Equal(t, analyzer.Fails, v.Verdict)
					f := rep.Findings[v.Findings[0]]
					assert.Contains(t, f.Kernels, v.Kernel)
					assert.Contains(t, f.Loaders, v.Loader)
					continue
				}
				assert.Empty(t, v.Findings)
				assert.Equal(t, analyzer.Loads, v.Verdict)
			}
		})
	}
}

func TestRunObjectOnly(t *testing.T) {
	t.Parallel()
	needy := rule("needs-config", always)
	needy.Needs = analyzer.NeedsConfig
	rep := run(t, analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "p")},
		Rules:   []*analyzer.Rule{needy, rule("map-refused", always)},
	})
	require.Len(t, rep.Findings, 1)
	assert.Equal(t, `map "m" is refused by the kernel`, rep.Findings[0].Message)
	assert.Empty(t, rep.Findings[0].Kernels)
	assert.Equal(t, []string{"libbpf"}, rep.Findings[0].Loaders)
	assert.Equal(t, []analyzer.Verdict{
		{Object: "x.o", Program: "p", Loader: "libbpf", Verdict: analyzer.Fails, Findings: []int{0}},
		{Object: "x.o", Program: "", Loader: "libbpf", Verdict: analyzer.Fails, Findings: []int{0}},
	}, rep.Verdicts)
	assert.False(t, rep.HasUndecided())
	assert.Equal(t, []analyzer.Skip{
		{Rule: "needs-config", Rules: []string{"needs-config"}, Reason: "no kernel given: 1 rule not run"},
	}, rep.Skips)

	rep = run(t, analyzer.Input{Objects: []*bpfobj.Object{object("x.o", "p")}})
	require.Len(t, rep.Verdicts, 2)
	assert.Equal(t, analyzer.Undecided, rep.Verdicts[0].Verdict, "nothing was compared with a kernel")
	assert.Equal(t, []string{"no kernel given"}, rep.Verdicts[0].Reasons)
	assert.True(t, rep.HasUndecided())
}

func TestRunSkips(t *testing.T) {
	t.Parallel()
	var rules []*analyzer.Rule
	for _, r := range []struct {
		name  string
		needs analyzer.Needs
	}{{"b", analyzer.NeedsSymbols | analyzer.NeedsTypes}, {"a", analyzer.NeedsSymbols}, {"c", analyzer.NeedsConfig}} {
		r2 := rule(r.name, always)
		r2.Needs = r.needs
		rules = append(rules, r2)
	}
	k := kernels(t, "6.1", "6.12")
	k[1].Symbols, k[1].Config = &kernel.Symbols{}, &kernel.Config{}
	objs := []*bpfobj.Object{object("y.o", "p"), object("x.o", "p")}
	rep := run(t, analyzer.Input{Objects: objs, Kernels: k, Rules: rules})
	assert.Equal(t, []analyzer.Skip{
		{Kernel: "6.1", Rules: []string{"a", "b"}, Reason: "symbols unknown: 2 rules not run"},
		{Kernel: "6.1", Rule: "c", Rules: []string{"c"}, Reason: "config unknown: 1 rule not run"},
	}, rep.Skips, "one for each kernel and part, however many objects")
	for _, f := range rep.Findings {
		assert.Equal(t, []string{"6.12"}, f.Kernels)
	}
	assert.Len(t, rep.Findings, 6)

	// Rules that would have had nothing to look at are not missed.
	for _, r := range rules {
		r.Concerns = func(p *plan.Plan) bool { return r.Name == "b" && p.Object.Name == "x.o" }
	}
	rep = run(t, analyzer.Input{Objects: objs, Kernels: k, Rules: rules})
	assert.Equal(t, []analyzer.Skip{
		{Kernel: "6.1", Rule: "b", Rules: []string{"b"}, Reason: "symbols unknown: 1 rule not run"},
	}, rep.Skips)
	assert.Len(t, rep.Findings, 6, "where the parts are known the rules run")
}

// TestRunSkeleton has a light skeleton beside an object: it is checked with its
// own loader, and the object with the one that was asked for.
func TestRunSkeleton(t *testing.T) {
	t.Parallel()
	s, err := lskel.ReadFile("../testdata/lskel/bpftool-7.1/maps.lskel.h")
	require.NoError(t, err)
	skeleton, err := s.Object()
	require.NoError(t, err)
	in := analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "p"), skeleton}, Kernels: kernels(t, "6.1"), Rules: []*analyzer.Rule{rule("always", always)},
	}
	loaders := func(rep *analyzer.Report) (list []string) {
		for _, v := range rep.Verdicts {
			if v.Program == "" {
				list = append(list, v.Object+" "+v.Loader)
			}
		}
		return list
	}
	const name = "../testdata/lskel/bpftool-7.1/maps.lskel.h"
	assert.Equal(t, []string{name + " lskel", "x.o libbpf"}, loaders(run(t, in)))
	in.Loaders = []*plan.Loader{plan.Cilium, plan.Lskel}
	assert.Equal(t, []string{name + " lskel", "x.o cilium", "x.o lskel"}, loaders(run(t, in)))
}

func TestRunSurvivesRules(t *testing.T) {
	t.Parallel()
	k := kernels(t, "6.1", "6.12")
	report := func(p *analyzer.Pass, s analyzer.Severity) {
		p.Report(analyzer.Finding{Severity: s, Stage: plan.StageLoad, Scope: plan.ScopeObject, Message: "m"})
	}
	tests := []struct {
		name, want string
		run        func(*analyzer.Pass) error
		verdict    string
		findings   int
	}{
		{"panic", "internal error: out of luck, please report", func(*analyzer.Pass) error { panic("out of\n luck") }, analyzer.Undecided, 0},
		{"panic after a finding", "internal error: late, please report", func(p *analyzer.Pass) error {
			report(p, analyzer.Warning)
			panic(errors.New("late"))
		}, analyzer.Undecided, 1},
		{"error", "cannot tell", func(*analyzer.Pass) error { return errors.New("cannot tell") }, analyzer.Undecided, 0},
		{"severity above the rule's", `internal error: severity error of finding "m" is above the rule's warning, please report`,
			func(p *analyzer.Pass) error { report(p, analyzer.Error); return nil }, analyzer.Undecided, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bad := &analyzer.Rule{Name: "bad", Severity: analyzer.Warning, Run: tt.run}
			rep := run(t, analyzer.Input{
				Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: k, Loaders: loaders, Rules: []*analyzer.Rule{bad},
			})
			assert.Equal(t, []analyzer.RuleError{
				{Object: "x.o", Kernel: "6.1", Rule: "bad", Message: tt.want},
				{Object: "x.o", Kernel: "6.12", Rule: "bad", Message: tt.want},
			}, rep.Errors)
			assert.Equal(t, analyzer.ExitFailed, rep.ExitCode(analyzer.Error))
			assert.Len(t, rep.Findings, tt.findings)
			for _, v := range rep.Verdicts {
				assert.Equal(t, tt.verdict, v.Verdict)
			}
		})
	}
}

func TestRunIsDeterministic(t *testing.T) {
	t.Parallel()
	var objs []*bpfobj.Object
	for i := range 20 {
		objs = append(objs, object("o"+strconv.Itoa(19-i)+".o", "a", "b"))
	}
	odd := rule("odd", func(k, l string) bool { return (len(k)+len(l))%2 == 1 })
	in := analyzer.Input{
		Objects: objs, Kernels: kernels(t, "6.12", "6.1", "7.2", "5.10", "5.4"), Loaders: loaders,
		Rules: []*analyzer.Rule{odd, rule("all", always)},
	}
	first := run(t, in)
	require.Len(t, first.Objects, 20)
	assert.Equal(t, "o0.o", first.Objects[0].Name)
	assert.Len(t, first.Verdicts, 20*5*2*3)
	for range 5 {
		again := run(t, in)
		assert.Equal(t, first.Findings, again.Findings)
		assert.Equal(t, first.Verdicts, again.Verdicts)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x := object("x.o", "p")
	_, err := analyzer.Run(ctx, analyzer.Input{Objects: []*bpfobj.Object{x}})
	require.ErrorIs(t, err, context.Canceled)
	_, err = analyzer.Run(context.Background(), analyzer.Input{Objects: []*bpfobj.Object{x, object("x.o")}})
	require.ErrorContains(t, err, `two objects are named "x.o"`)
	_, err = analyzer.Run(context.Background(), analyzer.Input{Kernels: append(kernels(t, "6.1"), kernels(t, "6.1")...)})
	require.ErrorContains(t, err, `two kernels are named "6.1"`)
	rep := run(t, analyzer.Input{Objects: []*bpfobj.Object{x, x, nil}})
	assert.Len(t, rep.Objects, 1, "the same object twice is one")
}

// Loaders that know different ways out share a finding.
func TestRunJoinsHints(t *testing.T) {
	t.Parallel()
	hints := func(hints map[string]string) *analyzer.Rule {
		return &analyzer.Rule{Name: "kconfig-unset", Severity: analyzer.Error, Run: func(p *analyzer.Pass) error {
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
				Message: "CONFIG_X is not set in {kernel}", Hint: hints[p.Plan.Loader.Name+"/"+p.Plan.Kernel.Name],
			})
			return nil
		}}
	}
	tests := []struct {
		name  string
		hints map[string]string
		want  []string
	}{
		{"by loader", map[string]string{
			"libbpf/6.1": "make it weak in {kernel}", "libbpf/6.12": "make it weak in {kernel}", "cilium/6.1": "drop it", "cilium/6.12": "drop it",
		}, []string{"6.1 and 6.12: libbpf cilium: libbpf: make it weak in 6.1 and 6.12; cilium: drop it"}},
		{"one without", map[string]string{"cilium/6.1": "drop it", "cilium/6.12": "drop it"},
			[]string{"6.1 and 6.12: libbpf cilium: cilium: drop it"}},
		{"by kernel", map[string]string{"libbpf/6.1": "a", "cilium/6.1": "a", "libbpf/6.12": "b", "cilium/6.12": "b"},
			[]string{"6.1: libbpf cilium: a", "6.12: libbpf cilium: b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep := run(t, analyzer.Input{
				Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: kernels(t, "6.1", "6.12"), Loaders: loaders,
				Rules: []*analyzer.Rule{hints(tt.hints)},
			})
			var got []string
			for _, f := range rep.Findings {
				got = append(got, analyzer.Enumerate(f.Kernels)+": "+strings.Join(f.Loaders, " ")+": "+f.Hint)
			}
			assert.ElementsMatch(t, tt.want, got)
			for _, v := range rep.Verdicts {
				require.Len(t, v.Findings, 1)
				assert.Contains(t, rep.Findings[v.Findings[0]].Loaders, v.Loader)
				assert.Contains(t, rep.Findings[v.Findings[0]].Kernels, v.Kernel)
			}
		})
	}
}

// BenchmarkRun measures what the engine adds to a plan.
func BenchmarkRun(b *testing.B) {
	in := analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "a", "b", "c")}, Kernels: kernels(b, "6.12"),
		Rules: []*analyzer.Rule{rule("one", always), rule("two", always)},
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := analyzer.Run(context.Background(), in)
		if err != nil {
			b.Fatal(err)
		}
	}
	runtime.KeepAlive(in)
}
