package flow_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// readObjects reads what checked-in objects a pattern of testdata matches.
func readObjects(tb testing.TB, pattern string) []*bpfobj.Object {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("../../testdata", pattern))
	require.NoError(tb, err)
	require.NotEmpty(tb, paths)
	var list []*bpfobj.Object
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(tb, err)
		o, err := bpfobj.Read(path, data)
		require.NoError(tb, err)
		list = append(list, o)
	}
	return list
}

// TestSites asks for the instructions of the guard objects one by one: the
// answers are those of an analysis that is asked for all.
func TestSites(t *testing.T) {
	t.Parallel()
	for _, o := range readObjects(t, "flow/*.o") {
		t.Run(filepath.Base(o.Name), func(t *testing.T) {
			t.Parallel()
			for answer := range notKnown + 1 {
				facts := guardFacts(o, answer)
				for _, p := range o.Programs {
					all := flow.Analyze(p.Function, facts, flow.Budget{})
					for _, f := range p.Function.Reachable() {
						for i := range f.Insns {
							s := flow.Site{Func: f, Insn: i}
							one := flow.Analyze(p.Function, facts, flow.Budget{Sites: []flow.Site{s}})
							assert.Equal(t, all.At(s).Reach, one.At(s).Reach, "%s: %s %d", p.Name, f.Name, i)
						}
					}
				}
			}
		})
	}
}

// TestSitesTogether asks for some instructions of every checked-in object at
// once: calls, entries of functions, relocated instructions, every seventh.
func TestSitesTogether(t *testing.T) {
	t.Parallel()
	some := map[string]func(o *bpfobj.Object, f *bpfobj.Function, i int) bool{
		"calls":   func(_ *bpfobj.Object, f *bpfobj.Function, i int) bool { return f.Insns[i].Op == call },
		"entries": func(_ *bpfobj.Object, _ *bpfobj.Function, i int) bool { return i == 0 },
		"records": func(o *bpfobj.Object, f *bpfobj.Function, i int) bool {
			return slices.ContainsFunc(f.CORE, func(r int) bool { return o.CORE[r].Insn == i })
		},
		"seventh": func(_ *bpfobj.Object, _ *bpfobj.Function, i int) bool { return i%7 == 0 },
	}
	for _, o := range readObjects(t, "*/*.o") {
		t.Run(filepath.Base(o.Name), func(t *testing.T) {
			t.Parallel()
			for answer := range notKnown + 1 {
				facts := guardFacts(o, answer)
				for _, p := range o.Programs {
					all := flow.Analyze(p.Function, facts, flow.Budget{})
					for name, asks := range some {
						var sites []flow.Site
						for _, f := range p.Function.Reachable() {
							for i := range f.Insns {
								if asks(o, f, i) {
									sites = append(sites, flow.Site{Func: f, Insn: i})
								}
							}
						}
						r := flow.Analyze(p.Function, facts, flow.Budget{Sites: sites})
						for _, s := range sites {
							assert.Equal(t, all.At(s).Reach, r.At(s).Reach, "%s: %s of %s %d", p.Name, name, s.Func.Name, s.Insn)
						}
					}
				}
			}
		})
	}
}

// TestSitesInCallees asks for what only a callee holds, called just before the
// program ends, and for what only a callback holds, passed on another path than
// the one that takes its address.
func TestSitesInCallees(t *testing.T) {
	t.Parallel()
	callee := assemble(t, "callee", guarded(jmp(jeq32, r1, 28, "out"))...)
	caller := assemble(t, "caller", mem(ldxDW, r1, r1, 0), callFunc(callee.Function), done())
	first := assemble(t, "first", at("guarded", imm(mov64, r0, 0)), done())
	second := assemble(t, "second", at("guarded", imm(mov64, r0, 0)), done())
	loop := assemble(t, "loop",
		mem(ldxW, r1, r1, 16), loadFunc(r2, first.Function), jmp(jeq32, r1, 0, "loop"), loadFunc(r2, second.Function),
		at("loop", imm(mov32, r1, 5)), imm(mov64, r3, 0), imm(mov64, r4, 0), helper(181), imm(mov64, r0, 0), done(),
	)
	tests := []struct {
		name string
		p    program
		site flow.Site
	}{
		{"static function", caller, callee.site("guarded")},
		{"first callback", loop, first.site("guarded")},
		{"second callback", loop, second.site("guarded")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := flow.Analyze(tt.p.Function, flow.Facts{}, flow.Budget{Sites: []flow.Site{tt.site}})
			assert.Equal(t, flow.Reachable, r.At(tt.site).Reach)
			assert.Equal(t, flow.Reachable, flow.Analyze(tt.p.Function, flow.Facts{}, flow.Budget{}).At(tt.site).Reach)
		})
	}
}

func TestSitesNotAskedFor(t *testing.T) {
	t.Parallel()
	p := assemble(t, "prog",
		imm(mov64, r6, 0), jmp(jne, r6, 0, "dead"),
		at("early", mem(ldxB, r7, r1, 0)), jmp(jne, r7, 1, "late"), at("asked", imm(mov64, r0, 1)), done(),
		at("late", imm(mov64, r0, 2)), done(), at("dead", imm(mov64, r0, 3)), done(),
	)
	r := flow.Analyze(p.Function, flow.Facts{}, flow.Budget{Sites: []flow.Site{p.site("asked")}})
	assert.Equal(t, flow.Reachable, r.At(p.site("asked")).Reach)
	assert.Equal(t, flow.Reachable, r.At(p.site("early")).Reach)
	assert.Equal(t, flow.Unknown, r.At(p.site("late")).Reach)
	assert.Equal(t, flow.Unknown, r.At(p.site("dead")).Reach)

	r = flow.Analyze(p.Function, flow.Facts{}, flow.Budget{Sites: []flow.Site{p.site("dead"), {}, {Func: p.Function, Insn: 99}}})
	assert.Equal(t, flow.Dead, r.At(p.site("dead")).Reach)
	assert.Equal(t, flow.Unknown, r.At(p.site("late")).Reach)
	states, _ := r.Explored()
	assert.LessOrEqual(t, states, 4, "nothing else leads there")
}
