package analyzer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// anyFinding is a finding whose parts take two or three values each, so that many
// are equal and many differ in one part alone.
func anyFinding(rnd *rand.Rand) Finding {
	text := func(values ...string) string { return values[rnd.IntN(len(values))] }
	f := Finding{
		Rule: text("r", "s"), Severity: Severity(rnd.IntN(3)), Stage: plan.Stage(rnd.IntN(3)),
		Message: text("m", "m on {kernel}", ""), Hint: text("", "{loader}: h"), DependsOn: text("", "config"),
		Optional: rnd.IntN(2) == 0, Suppressed: text("", "known"),
		Location: bpfobj.Location{
			Object: "x.o", Section: text("s", "t"), Program: text("", "p", "q"), Insn: rnd.IntN(3) - 1, Offset: uint64(8 * rnd.IntN(2)),
			Symbol: text("", "map m"), Source: bpfobj.Source{File: text("", "a.c"), Line: rnd.IntN(2), Column: rnd.IntN(2), Text: text("", "x")},
		},
	}
	for range rnd.IntN(3) {
		f.Related = append(f.Related, Related{Message: text("a", "b"), Location: bpfobj.Location{Insn: rnd.IntN(2), Section: text("", "t")}})
	}
	return f
}

// TestGrouper holds groups by hash against groups by the whole key, also where all
// hashes are alike.
func TestGrouper(t *testing.T) {
	t.Parallel()
	type key struct {
		mergeKey
		related string
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	tests := []struct {
		name   string
		change func(*Finding)
	}{
		{"any", func(*Finding) {}},
		{"one place", func(f *Finding) {
			f.Message, f.Location = "m", bpfobj.Location{Insn: 1, Symbol: f.Location.Symbol, Source: f.Location.Source}
		}},
	}
	for _, tt := range tests {
		var order grouper
		want, groups := make(map[key]*group), 0
		for range 20_000 {
			f := anyFinding(rnd)
			tt.change(&f)
			g, k := order.group(&f), key{keyOf(&f), fmt.Sprint(f.Related)}
			if want[k] == nil {
				want[k], groups = g, groups+1
				require.Same(t, g, order.list[len(order.list)-1], "%s: a new group is the last", tt.name)
			}
			require.Same(t, want[k], g, "%s: %+v", tt.name, f)
		}
		assert.Len(t, order.list, groups, tt.name)
	}
}

// TestGrouperSpread has findings that differ in their place alone in groups of
// hashes of their own: otherwise an object with thousands of programs that are
// alike would take minutes.
func TestGrouperSpread(t *testing.T) {
	t.Parallel()
	places := map[string]func(i int) bpfobj.Location{
		"program":     func(i int) bpfobj.Location { return bpfobj.Location{Program: "p" + strconv.Itoa(i), Insn: 7} },
		"instruction": func(i int) bpfobj.Location { return bpfobj.Location{Program: "p", Insn: i} },
		"offset":      func(i int) bpfobj.Location { return bpfobj.Location{Offset: uint64(i), Insn: -1} },
	}
	for name, place := range places {
		var order grouper
		const count = 1000
		for i := range count {
			order.group(&Finding{Message: "m", Location: place(i)})
		}
		assert.Len(t, order.byHash, count, name)
	}
}

// target is where a finding holds.
type target struct{ what, kernel, loader string }

// TestMergeExactly merges findings that hold on any targets, some of which are
// suppressed or have a hint of their own: no target may be lost or added, and every
// verdict leads to its finding.
func TestMergeExactly(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ kernels, loaders int }{{0, 1}, {1, 1}, {3, 2}, {12, 5}, {9, maxLoaders}} {
		t.Run(fmt.Sprintf("%d kernels, %d loaders", size.kernels, size.loaders), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(uint64(size.kernels), uint64(size.loaders)))
			in := Input{Objects: []*bpfobj.Object{{Name: "x.o"}, {Name: "y.o"}}}
			for k := range size.kernels {
				in.Kernels = append(in.Kernels, &kernel.Kernel{Name: "k" + strconv.Itoa(k)})
			}
			for l := range size.loaders {
				loader := *plan.Libbpf
				loader.Name = "l" + strconv.Itoa(l)
				in.Loaders = append(in.Loaders, &loader)
			}
			want, hidden, hints := randomTargets(rnd, &in), make(map[target]bool), make(map[target]string)
			for at := range want {
				hidden[at], hints[at] = rnd.IntN(8) == 0, []string{"", "", "h", "i for {loader}"}[rnd.IntN(4)]
			}
			in.Rules = []*Rule{{Name: "r", Severity: Error, Run: func(p *Pass) error {
				for what := range 6 {
					at := target{p.Plan.Object.Name + " " + strconv.Itoa(what), "", p.Plan.Loader.Name}
					if p.Plan.Kernel != nil {
						at.kernel = p.Plan.Kernel.Name
					}
					if want[at] {
						p.Report(Finding{Severity: Error, Stage: plan.StageLoad, Scope: plan.ScopeObject, Message: at.what, Hint: hints[at]})
					}
				}
				return nil
			}}}
			in.Options.Suppress.Ignores = []Ignore{{Rules: []string{"r"}, Reason: "known", Matches: func(f *Finding, kernel, loader string) bool {
				return hidden[target{f.Message, kernel, loader}]
			}}}
			rep, err := Run(context.Background(), in)
			require.NoError(t, err)
			checkTargets(t, rep, want, hidden)
		})
	}
}

// randomTargets are the targets of six findings of each object.
func randomTargets(rnd *rand.Rand, in *Input) map[target]bool {
	kernels := []string{""}
	if len(in.Kernels) > 0 {
		kernels = nil
	}
	for _, k := range in.Kernels {
		kernels = append(kernels, k.Name)
	}
	want := make(map[target]bool)
	for _, obj := range in.Objects {
		for what := range 6 {
			for _, k := range kernels {
				for _, l := range in.Loaders {
					if rnd.IntN(3) > 0 {
						want[target{obj.Name + " " + strconv.Itoa(what), k, l.Name}] = true
					}
				}
			}
		}
	}
	return want
}

// checkTargets compares a report with where findings hold and are hidden.
func checkTargets(t *testing.T, rep *Report, want, hidden map[target]bool) {
	t.Helper()
	got := make(map[target]bool)
	for _, f := range rep.Findings {
		kernels := f.Kernels
		if len(kernels) == 0 {
			kernels = []string{""}
		}
		for _, k := range kernels {
			for _, l := range f.Loaders {
				at := target{f.Message, k, l}
				assert.True(t, want[at], "%v: not found there", at)
				assert.False(t, got[at], "%v: twice", at)
				assert.Equal(t, hidden[at], f.Suppressed != "", "%v", at)
				got[at] = true
			}
		}
	}
	assert.Len(t, got, len(want), "no target is lost")
	led := 0
	for _, v := range rep.Verdicts {
		for _, i := range v.Findings {
			f := &rep.Findings[i]
			assert.Equal(t, v.Object, f.Location.Object)
			assert.Contains(t, f.Loaders, v.Loader)
			if v.Kernel != "" {
				assert.Contains(t, f.Kernels, v.Kernel)
			}
			assert.True(t, want[target{f.Message, v.Kernel, v.Loader}])
		}
		led += len(v.Findings)
	}
	assert.Equal(t, len(want), led, "every finding leads to a verdict on each of its targets")
}

// TestFindingsApart adds to the lists that findings share.
func TestFindingsApart(t *testing.T) {
	t.Parallel()
	for _, kernels := range [][]*kernel.Kernel{nil, {{Name: "6.1"}, {Name: "6.12"}}} {
		rep, err := Run(context.Background(), Input{
			Objects: []*bpfobj.Object{{Name: "x.o", Programs: []*bpfobj.Program{{Function: &bpfobj.Function{Name: "p", SectionName: "xdp"}}}}},
			Kernels: kernels,
			Rules: []*Rule{{Name: "r", Severity: Error, Run: func(p *Pass) error {
				for _, message := range []string{"a", "b"} {
					p.Report(Finding{Severity: Error, Stage: plan.StageLoad, Message: message, Scope: plan.Scope{Programs: []string{"p"}}})
				}
				return nil
			}}},
		})
		require.NoError(t, err)
		require.Len(t, rep.Findings, 2)
		a, b := &rep.Findings[0], &rep.Findings[1]
		for _, lists := range [][2]*[]string{{&a.Kernels, &b.Kernels}, {&a.Loaders, &b.Loaders}, {&a.Scope.Programs, &b.Scope.Programs}} {
			first, second := append(*lists[0], "first"), append(*lists[1], "second")
			assert.Equal(t, "first", first[len(first)-1])
			assert.Equal(t, "second", second[len(second)-1])
		}
		first := append(rep.Verdicts[0].Findings, 7)
		second := append(rep.Verdicts[1].Findings, 8)
		assert.Equal(t, []int{0, 1, 7}, first)
		assert.Equal(t, []int{0, 1, 8}, second)
	}
}
