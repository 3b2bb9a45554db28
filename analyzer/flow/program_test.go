package flow_test

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// shapeOf is what a loader may do to an object.
func shapeOf(o *bpfobj.Object) flow.Shape {
	return flow.Shape{Types: o.Types, Patched: func(s flow.Site) bool {
		return slices.ContainsFunc(s.Func.CORE, func(i int) bool { return o.CORE[i].Insn == s.Insn }) ||
			slices.ContainsFunc(s.Func.Refs, func(r bpfobj.Ref) bool { return r.Insn == s.Insn && r.Extern != nil })
	}}
}

// TestPrepared analyses every program of the checked-in objects for several
// targets at once, prepared once: the answers are those of Analyze.
func TestPrepared(t *testing.T) {
	t.Parallel()
	for _, o := range readObjects(t, "*/*.o") {
		t.Run(filepath.Base(o.Name), func(t *testing.T) {
			t.Parallel()
			for _, p := range o.Programs {
				prepared := flow.Prepare(p.Function, shapeOf(o))
				last := []flow.Site{{Func: p.Function, Insn: max(0, len(p.Function.Insns)-1)}}
				var results, asked [notKnown + 1]*flow.Result
				var all sync.WaitGroup
				for answer := range notKnown + 1 {
					all.Go(func() {
						results[answer] = prepared.Analyze(guardFacts(o, answer), flow.Budget{})
						asked[answer] = prepared.Analyze(guardFacts(o, answer), flow.Budget{Sites: last})
					})
				}
				all.Wait()
				for answer, r := range results {
					want := flow.Analyze(p.Function, guardFacts(o, answer), flow.Budget{})
					assert.Equal(t, want.Malformed(), r.Malformed(), p.Name)
					assert.Equal(t, want.At(last[0]).Reach, asked[answer].At(last[0]).Reach, p.Name)
					for _, f := range p.Function.Reachable() {
						for i := range f.Insns {
							s := flow.Site{Func: f, Insn: i}
							assert.Equal(t, want.At(s).Reach, r.At(s).Reach, "%s: %s %d", p.Name, f.Name, i)
						}
					}
				}
			}
		})
	}
}

// TestShape has what a program is prepared for, and more facts than that.
func TestShape(t *testing.T) {
	t.Parallel()
	p := assemble(t, "prog", guarded(at("patched", imm(mov64, r6, 0)), jmp(jne, r6, 0, "out"))...)
	facts := flow.Facts{Globals: flow.GlobalsCalled, Patch: func(s flow.Site) flow.Patch {
		if s == p.site("patched") {
			return flow.Patch{Kind: flow.PatchConstant, Value: 1}
		}
		return flow.Patch{}
	}}
	none := func(flow.Site) bool { return false }
	tests := []struct {
		name  string
		shape flow.Shape
		want  flow.Reach
	}{
		{"anything patched", flow.Shape{}, flow.Dead},
		{"that one patched", flow.Shape{Patched: func(s flow.Site) bool { return s == p.site("patched") }}, flow.Dead},
		{"nothing patched", flow.Shape{Patched: none}, flow.Reachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := flow.Prepare(p.Function, tt.shape).Analyze(facts, flow.Budget{})
			assert.Equal(t, tt.want, r.At(p.site("guarded")).Reach)
		})
	}
	callee := assemble(t, "callee", imm(mov64, r0, 5), done())
	caller := assemble(t, "caller", guarded(callFunc(callee.Function), jmp(jeq, r0, 5, "out"))...)
	for global, want := range map[bool]flow.Reach{false: flow.Dead, true: flow.Reachable} {
		shape := flow.Shape{Global: func(*bpfobj.Function) bool { return global }}
		r := flow.Prepare(caller.Function, shape).Analyze(flow.Facts{Globals: flow.GlobalsCalled}, flow.Budget{})
		assert.Equal(t, want, r.At(caller.site("guarded")).Reach)
	}
	malformed := flow.Prepare(&bpfobj.Function{Name: "f"}, flow.Shape{}).Analyze(flow.Facts{}, flow.Budget{})
	assert.Equal(t, `function "f": no instructions`, malformed.Malformed())
}
