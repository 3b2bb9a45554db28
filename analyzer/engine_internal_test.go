package analyzer

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestJudge derives verdicts from findings over a hand-made plan: program "a"
// is loaded by default, "b" is not.
func TestJudge(t *testing.T) {
	t.Parallel()
	a := &bpfobj.Program{Function: &bpfobj.Function{Name: "a", SectionName: "xdp"}}
	b := &bpfobj.Program{Function: &bpfobj.Function{Name: "b", SectionName: "xdp"}}
	only := func(names ...string) plan.Scope { return plan.Scope{Programs: names} }
	tests := []struct {
		name        string
		findings    []Finding
		noTypes     bool
		a, b, whole string
		indexes     []int // of the object as it is
	}{
		{"nothing", nil, false, Loads, Loads, Loads, nil},
		{"error in a program", []Finding{{Severity: Error, Stage: plan.StageLoad, Scope: only("a")}}, false, Fails, Loads, Fails, []int{0}},
		{"error in a program that is off", []Finding{{Severity: Error, Stage: plan.StageOpen, Scope: only("b")}}, false, Loads, Fails, Loads, nil},
		{"error of the whole", []Finding{{Severity: Error, Stage: plan.StageLoad, Scope: plan.Scope{Whole: true}}}, false, Loads, Loads, Fails, []int{0}},
		{"error at attach", []Finding{{Severity: Error, Stage: plan.StageAttach, Scope: plan.ScopeObject}}, false, Loads, Loads, Loads, nil},
		{"unknown at attach", []Finding{{Severity: Warning, Stage: plan.StageAttach, DependsOn: "modules", Scope: plan.ScopeObject}}, false, Loads, Loads, Loads, nil},
		{"warning", []Finding{{Severity: Warning, Stage: plan.StageLoad, Scope: only("a")}}, false, Loads, Loads, Loads, []int{0}},
		{"note", []Finding{{Severity: Note, Stage: plan.StageLoad, Scope: only("a")}}, false, Loads, Loads, Loads, nil},
		{"unknown input", []Finding{{Severity: Warning, Stage: plan.StageLoad, DependsOn: "modules", Scope: only("a")}}, false, Undecided, Loads, Undecided, []int{0}},
		{"error beats unknown input", []Finding{
			{Severity: Warning, Stage: plan.StageLoad, DependsOn: "modules", Scope: only("a")},
			{Severity: Error, Stage: plan.StageLoad, Scope: only("a")},
		}, false, Fails, Loads, Fails, []int{0, 1}},
		{"error that depends", []Finding{{Severity: Error, Stage: plan.StageLoad, DependsOn: "config", Scope: only("a")}}, false, Undecided, Loads, Undecided, []int{0}},
		{"no types", []Finding{{Severity: Error, Stage: plan.StageLoad, Scope: only("a")}}, true, Fails, Undecided, Fails, []int{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &plan.Plan{
				Object:   &bpfobj.Object{Programs: []*bpfobj.Program{a, b}},
				Kernel:   &kernel.Kernel{},
				Loader:   plan.Libbpf,
				Programs: []plan.ProgramPlan{{Program: a, Autoload: true}, {Program: b}},
			}
			if !tt.noTypes {
				p.Kernel.Types = new(btftest.Builder).Graph(t)
			}
			out := outcome{findings: tt.findings}
			out.judge(p)
			var got []string
			for _, v := range out.verdicts {
				got = append(got, v.verdict)
			}
			assert.Equal(t, []string{tt.a, tt.b, tt.whole}, got)
			assert.Equal(t, tt.indexes, out.verdicts[2].findings)
		})
	}
}

// TestJudgeBounds has more findings about the object than a verdict holds: what
// decides is among those that are left.
func TestJudgeBounds(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{Object: &bpfobj.Object{}, Kernel: &kernel.Kernel{Types: new(btftest.Builder).Graph(t)}, Loader: plan.Libbpf}
	var findings []Finding
	for i := range 400 {
		findings = append(findings, Finding{Severity: Warning, Stage: plan.StageLoad, Scope: plan.ScopeObject, DependsOn: strconv.Itoa(i)})
	}
	out := outcome{findings: findings}
	out.judge(p)
	require.Len(t, out.verdicts, 1)
	v := out.verdicts[0]
	assert.Equal(t, Undecided, v.verdict)
	assert.Len(t, v.findings, maxVerdictFindings)
	assert.Equal(t, 400-maxVerdictFindings, v.omitted)
	assert.Len(t, v.reasons, maxVerdictReasons)
	assert.Contains(t, v.reasons, reasonMore)

	out.findings = append(findings, Finding{Severity: Error, Stage: plan.StageLoad, Scope: plan.ScopeObject})
	out.verdicts = nil
	out.judge(p)
	v = out.verdicts[0]
	assert.Equal(t, Fails, v.verdict)
	assert.Contains(t, v.findings, 400)
	assert.Len(t, v.findings, maxVerdictFindings)
	assert.Empty(t, v.reasons)
}

// TestJudgeShares has programs with the same findings: they share a list.
func TestJudgeShares(t *testing.T) {
	t.Parallel()
	var programs []*bpfobj.Program
	p := &plan.Plan{Kernel: &kernel.Kernel{Types: new(btftest.Builder).Graph(t)}, Loader: plan.Libbpf}
	for _, name := range []string{"a", "b", "c"} {
		prog := &bpfobj.Program{Function: &bpfobj.Function{Name: name, SectionName: "xdp"}}
		programs = append(programs, prog)
		p.Programs = append(p.Programs, plan.ProgramPlan{Program: prog, Autoload: true})
	}
	p.Object = &bpfobj.Object{Programs: programs}
	out := outcome{findings: []Finding{
		{Severity: Error, Stage: plan.StageLoad, Scope: plan.ScopeObject},
		{Severity: Error, Stage: plan.StageLoad, Scope: plan.Scope{Programs: []string{"c"}}},
	}}
	out.judge(p)
	require.Len(t, out.verdicts, 4)
	for i, want := range [][]int{{0}, {0}, {0, 1}, {0, 1}} {
		assert.Equal(t, want, out.verdicts[i].findings)
	}
	assert.Same(t, &out.verdicts[0].findings[0], &out.verdicts[1].findings[0])
	assert.Same(t, &out.verdicts[2].findings[0], &out.verdicts[3].findings[0])
	assert.NotSame(t, &out.verdicts[1].findings[0], &out.verdicts[2].findings[0])
}

func TestSortOrder(t *testing.T) {
	t.Parallel()
	at := func(file string, line, column int, program string, insn int) bpfobj.Location {
		return bpfobj.Location{Program: program, Insn: insn, Source: bpfobj.Source{File: file, Line: line, Column: column}}
	}
	want := []Finding{
		{Message: "0", Location: at("", 0, 0, "", -1)},
		{Message: "1", Location: at("a.c", 2, 9, "f", 3)},
		{Message: "2", Location: at("a.c", 2, 9, "f", 3)},
		{Message: "3", Location: at("a.c", 2, 9, "f", 4)},
		{Message: "4", Location: at("a.c", 2, 9, "g", 1)},
		{Message: "5", Location: at("a.c", 2, 10, "a", 1)},
		{Message: "6", Location: at("a.c", 10, 1, "a", 1)},
		{Message: "7", Location: at("b.c", 1, 1, "a", 1)},
	}
	rule := &Rule{Name: "r", Severity: Error, Run: func(p *Pass) error {
		for _, f := range slices.Backward(want) {
			p.Report(f)
			p.Report(f) // twice on one target is once
		}
		return nil
	}}
	rep, err := Run(context.Background(), Input{Objects: []*bpfobj.Object{{Name: "x.o"}}, Rules: []*Rule{rule}})
	require.NoError(t, err)
	require.Len(t, rep.Findings, len(want))
	for i, f := range rep.Findings {
		assert.Equal(t, want[i].Message, f.Message)
		assert.Equal(t, "x.o", f.Location.Object)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	find := func(insn, line int, message string) Finding {
		return Finding{Message: message, Location: bpfobj.Location{
			Program: "f", Insn: insn, Symbol: "kfunc k", Source: bpfobj.Source{File: "a.c", Line: line, Text: "\tk();"},
		}}
	}
	// prints runs over kernels whose findings are given by name.
	prints := func(object string, on map[string][]Finding) map[string]string {
		rule := &Rule{Name: "r", Run: func(p *Pass) error {
			for _, f := range on[p.Plan.Kernel.Name] {
				p.Report(f)
			}
			return nil
		}}
		in := Input{Objects: []*bpfobj.Object{{Name: object}}, Rules: []*Rule{rule}}
		for name := range on {
			in.Kernels = append(in.Kernels, &kernel.Kernel{Name: name})
		}
		rep, err := Run(context.Background(), in)
		require.NoError(t, err)
		got := map[string]string{}
		for _, f := range rep.Findings {
			got[f.Message] = f.Fingerprint
		}
		return got
	}
	base := prints("build/x.o", map[string][]Finding{"6.1": {find(1, 10, "first"), find(5, 10, "second")}})
	assert.Len(t, base["first"], 32)
	assert.NotEqual(t, base["first"], base["second"], "two places in one program")

	moved := prints("out/x.o", map[string][]Finding{"6.1": {find(3, 99, "first"), find(7, 99, "second")}})
	assert.Equal(t, base, moved, "lines, instructions and directories move")

	more := prints("build/x.o", map[string][]Finding{
		"6.1": {find(1, 10, "first"), find(5, 10, "second")},
		"5.4": {find(1, 10, "other cause")},
	})
	assert.Equal(t, base["first"], more["first"], "another kernel renumbers nothing")
	assert.Equal(t, base["second"], more["second"])
	assert.Equal(t, base["first"], more["other cause"], "variants that never meet are one finding")

	assert.NotEqual(t, base["first"], prints("y.o", map[string][]Finding{"6.1": {find(1, 10, "first")}})["first"])
}

func TestNaturalCompare(t *testing.T) {
	t.Parallel()
	want := []string{"", "5.4", "5.10", "6.1", "6.1.2", "6.01.2", "6.2", "6.12", "a", "a1b", "a10"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, naturalCompare)
	want[4], want[5] = "6.01.2", "6.1.2" // equal numbers: by bytes
	assert.Equal(t, want, got)
}

func TestEnumerate(t *testing.T) {
	t.Parallel()
	assert.Empty(t, Enumerate(nil))
	assert.Equal(t, "a", Enumerate([]string{"a"}))
	assert.Equal(t, "a and b", Enumerate([]string{"a", "b"}))
	assert.Equal(t, "a, b, c and d", Enumerate([]string{"a", "b", "c", "d"}))
	assert.Equal(t, "a, b, c and 2 more", Enumerate([]string{"a", "b", "c", "d", "e"}))
}

func TestPaths(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, root string
		maps       []PathMapping
		in, want   string
	}{
		{"as it is", "", nil, "bpf/a.c", "bpf/a.c"},
		{"dot", "", nil, "./a.c", "a.c"},
		{"unknown", "/src", nil, "", ""},
		{"below the root", "/src/p/", nil, "/src/p/bpf/a.c", "bpf/a.c"},
		{"beside the root", "/src/p", nil, "/src/pq/a.c", "/src/pq/a.c"},
		{"mapping", "", []PathMapping{{"/build", "bpf"}}, "/build/x/a.c", "bpf/x/a.c"},
		{"mapping by elements", "", []PathMapping{{"/build", "bpf"}}, "/builder/a.c", "/builder/a.c"},
		{"first mapping", "", []PathMapping{{"/b", "one"}, {"/b/x", "two"}}, "/b/x/a.c", "one/x/a.c"},
		{"compiler's directory", "", []PathMapping{{".", "pkg/bpf"}}, "./a.c", "pkg/bpf/a.c"},
		{"compiler's directory, upwards", "", []PathMapping{{".", "pkg/bpf"}}, "../inc/a.h", "pkg/inc/a.h"},
		{"compiler's directory, absolute file", "", []PathMapping{{".", "pkg"}}, "/usr/a.h", "/usr/a.h"},
		{"Windows", "", []PathMapping{{".", "pkg"}}, `C:\a.c`, `C:\a.c`},
		{"mapping, then root", "/src", []PathMapping{{"/build", "/src/bpf"}}, "/build/a.c", "bpf/a.c"},
		{"root of the file system", "/", nil, "/a.c", "a.c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPaths(&Options{SourceRoot: tt.root, PathMap: tt.maps})
			assert.Equal(t, tt.want, p.file(tt.in))
			assert.Equal(t, tt.want, p.file(tt.in))
		})
	}
}

// TestMergeScopes has a problem that takes down more with one loader than with
// the other: one finding, and verdicts of each loader's own.
func TestMergeScopes(t *testing.T) {
	t.Parallel()
	rule := &Rule{Name: "r", Severity: Error, Run: func(p *Pass) error {
		scope := plan.Scope{Programs: []string{"a"}}
		if p.Plan.Loader == plan.Libbpf {
			scope = plan.ScopeObject
		}
		p.Report(Finding{Severity: Error, Stage: plan.StageLoad, Message: "m", Scope: scope})
		return nil
	}}
	a := &bpfobj.Program{Function: &bpfobj.Function{Name: "a", SectionName: "xdp"}}
	b := &bpfobj.Program{Function: &bpfobj.Function{Name: "b", SectionName: "xdp"}}
	rep, err := Run(context.Background(), Input{
		Objects: []*bpfobj.Object{{Name: "x.o", Programs: []*bpfobj.Program{a, b}}},
		Kernels: []*kernel.Kernel{{Name: "6.1", Types: new(btftest.Builder).Graph(t)}},
		Loaders: []*plan.Loader{plan.Libbpf, plan.Cilium}, Rules: []*Rule{rule},
	})
	require.NoError(t, err)
	require.Len(t, rep.Findings, 1)
	assert.Equal(t, []string{"libbpf", "cilium"}, rep.Findings[0].Loaders)
	assert.Equal(t, plan.Scope{Object: true, Programs: []string{"a"}}, rep.Findings[0].Scope)
	verdicts := map[string]string{}
	for _, v := range rep.Verdicts {
		verdicts[v.Loader+"/"+v.Program] = v.Verdict
	}
	assert.Equal(t, Fails, verdicts["libbpf/b"])
	assert.Equal(t, Loads, verdicts["cilium/b"])
	assert.Equal(t, Fails, verdicts["cilium/a"])
}

func TestUnion(t *testing.T) {
	t.Parallel()
	ab, bc := plan.Scope{Programs: []string{"a", "b"}}, plan.Scope{Whole: true, Programs: []string{"b", "c"}}
	assert.Equal(t, plan.Scope{Whole: true, Programs: []string{"a", "b", "c"}}, union(ab, bc))
	assert.Equal(t, []string{"a", "b"}, ab.Programs, "the rule's slice is its own")
	assert.Equal(t, bc, union(plan.Scope{}, bc))
}
