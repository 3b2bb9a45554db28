package flow_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// TestSharedAnswers analyses the programs of the checked-in objects for many
// targets, one after the other: whether an analysis is shared with an earlier
// target or not, its answers are those of a program that no other was asked for.
func TestSharedAnswers(t *testing.T) {
	t.Parallel()
	for _, o := range readObjects(t, "*/*.o") {
		t.Run(filepath.Base(o.Name), func(t *testing.T) {
			t.Parallel()
			for _, p := range o.Programs {
				prepared := flow.Prepare(p.Function, shapeOf(o))
				for _, facts := range targets(o) {
					got := prepared.Analyze(facts, flow.Budget{})
					want := flow.Prepare(p.Function, shapeOf(o)).Analyze(facts, flow.Budget{})
					for _, f := range p.Function.Reachable() {
						for i := range f.Insns {
							s := flow.Site{Func: f, Insn: i}
							assert.Equal(t, want.At(s), got.At(s), "%s: %s %d", p.Name, f.Name, i)
						}
					}
				}
			}
		})
	}
}

// targets are targets that differ in one thing or several.
func targets(o *bpfobj.Object) []flow.Facts {
	var list []flow.Facts
	for answer := range notKnown + 1 {
		for _, level := range []flow.Level{flow.LevelBase, flow.Level516, flow.Level63, flow.Level64} {
			for _, globals := range []flow.Globals{flow.GlobalsUnknown, flow.GlobalsAll, flow.GlobalsCalled} {
				facts := guardFacts(o, answer)
				facts.Verifier, facts.Globals = level, globals
				list = append(list, facts)
			}
		}
	}
	return list
}

// TestShared tells which facts have to agree for targets to share an analysis.
func TestShared(t *testing.T) {
	t.Parallel()
	data := &bpfobj.Map{Name: ".rodata"}
	p := assemble(t, "prog",
		mem(ldxDW, r6, r1, 0), // patched: an offset
		at("asked", imm(mov64, r7, 0)),
		imm(mov64, r1, 3), mem(stxW, r10, r1, -8), mem(ldxW, r1, r10, -8), // known since 5.16
		jmp(jne, r1, 3, "out"),
		loadMap(r2, data, 4), mem(ldxW, r2, r2, 0),
		jmp(jeq, r2, 1, "out"),
		at("helper", helper(7)),
		at("out", imm(mov64, r0, 0)), done(),
	)
	target := func(change func(*flow.Facts)) flow.Facts {
		f := flow.Facts{Globals: flow.GlobalsCalled, Verifier: flow.Level63}
		change(&f)
		return f
	}
	patch := func(s flow.Site, x flow.Patch) func(f *flow.Facts) {
		return func(f *flow.Facts) {
			f.Patch = func(at flow.Site) flow.Patch {
				if at == s {
					return x
				}
				return flow.Patch{}
			}
		}
	}
	memory := func(x flow.Memory) func(f *flow.Facts) {
		return func(f *flow.Facts) { f.Memory = func(flow.Place) flow.Memory { return x } }
	}
	load := flow.Site{Func: p.Function}
	tests := []struct {
		name   string
		change func(*flow.Facts)
		want   bool
	}{
		{"nothing", func(*flow.Facts) {}, true},
		{"offset of a load", patch(load, flow.Patch{Kind: flow.PatchConstant, Value: 8}), true},
		{"poisoned load", patch(load, flow.Patch{Kind: flow.PatchPoison}), false},
		{"number", patch(p.site("asked"), flow.Patch{Kind: flow.PatchConstant, Value: 8}), false},
		{"unpatched instruction", patch(p.site("out"), flow.Patch{Kind: flow.PatchConstant, Value: 8}), true},
		{"memory", memory(flow.Memory{Kind: flow.MemoryKnown, Value: 1}), false},
		{"global functions of a program without", func(f *flow.Facts) { f.Globals = flow.GlobalsAll }, true},
		{"later verifier", func(f *flow.Facts) { f.Verifier = flow.Level64 }, true},
		{"verifier that knows no spilled halves", func(f *flow.Facts) { f.Verifier = flow.LevelBase }, false},
		{"call", func(f *flow.Facts) {
			f.Call = func(s flow.Site) flow.Call { return flow.Call{Refused: s == p.site("helper")} }
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			prepared := flow.Prepare(p.Function, flow.Shape{Patched: func(s flow.Site) bool { return s == load || s == p.site("asked") }})
			first := prepared.Analyze(target(func(*flow.Facts) {}), flow.Budget{})
			assert.Equal(t, tt.want, first == prepared.Analyze(target(tt.change), flow.Budget{}))
			sites := flow.Budget{Sites: []flow.Site{p.site("out")}}
			assert.NotSame(t, first, prepared.Analyze(target(tt.change), sites), "answers for one site only")
		})
	}
}
