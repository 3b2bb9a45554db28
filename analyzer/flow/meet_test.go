package flow_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

func TestMeets(t *testing.T) {
	t.Parallel()
	trace := helper(5)
	branch := jmp(jne, r0, 0, "on")
	callee := assemble(t, "callee", imm(mov64, r0, 5), done())
	tests := []struct {
		name string
		ops  []op
		want bool // at "here"
	}{
		{"before the first branch", []op{trace, at("here", branch), at("on", done())}, true},
		{"one way", []op{trace, branch, at("here", imm(mov64, r0, 1)), at("on", done())}, false},
		{"meeting point", []op{trace, branch, imm(mov64, r0, 1), at("on", trace), at("here", done())}, true},
		{"within a wider branch", []op{trace, jmp(jne, r0, 0, "end"), jmp(jne, r0, 1, "here"), trace, at("here", trace), at("end", done())}, false},
		{"behind a jump", []op{trace, jmp(ja, 0, 0, "on"), at("here", trace), at("on", done())}, false},
		{"behind an exit", []op{trace, branch, done(), at("on", trace), at("here", done())}, false},
		{"behind a loop", []op{at("top", trace), jmp(jne, r0, 0, "top"), at("here", done())}, false},
		{"behind may_goto", []op{trace, jmp(mayGoto, 0, 0, "here"), at("here", done())}, false},
		{"behind a subprogram", []op{trace, branch, at("on", callFunc(callee.Function)), at("here", done())}, false},
		{"behind a load that may end the program", []op{trace, branch, at("on", imm(ldAbs, r0, 0)), at("here", done())}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := assemble(t, "prog", tt.ops...)
			prepared := flow.Prepare(p.Function, flow.Shape{})
			assert.Equal(t, tt.want, prepared.Meets(p.site("here")))
			if tt.want {
				assert.Equal(t, flow.Reachable, prepared.Analyze(flow.Facts{}, flow.Budget{}).At(p.site("here")).Reach)
			}
			assert.False(t, prepared.Meets(flow.Site{Func: p.Function, Insn: -1}))
			assert.False(t, prepared.Meets(flow.Site{Func: p.Function, Insn: len(p.Function.Insns)}))
			assert.False(t, prepared.Meets(flow.Site{Func: callee.Function}))
		})
	}
	malformed := flow.Prepare(&bpfobj.Function{Name: "f"}, flow.Shape{})
	assert.False(t, malformed.Meets(flow.Site{}))
}

// TestMeetsReachable compares with analyses of every program of the checked-in
// objects, whatever is patched.
func TestMeetsReachable(t *testing.T) {
	t.Parallel()
	for _, o := range readObjects(t, "*/*.o") {
		t.Run(filepath.Base(o.Name), func(t *testing.T) {
			t.Parallel()
			for _, p := range o.Programs {
				prepared := flow.Prepare(p.Function, shapeOf(o))
				for answer := range notKnown + 1 {
					r := prepared.Analyze(guardFacts(o, answer), flow.Budget{})
					for i := range p.Function.Insns {
						if s := (flow.Site{Func: p.Function, Insn: i}); prepared.Meets(s) {
							assert.Equal(t, flow.Reachable, r.At(s).Reach, "%s %d", p.Name, i)
						}
					}
				}
			}
		})
	}
}
