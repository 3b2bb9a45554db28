package flow_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// TestSites asks for the instructions of the guard objects one by one: the
// answers are those of an analysis that is asked for all.
func TestSites(t *testing.T) {
	t.Parallel()
	objects, err := filepath.Glob("../../testdata/flow/*.o")
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	for _, path := range objects {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			o, err := bpfobj.Read(path, data)
			require.NoError(t, err)
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
