package flow_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// globals are facts for programs whose functions of that name are global.
func globals(policy flow.Globals, names ...string) flow.Facts {
	return flow.Facts{Globals: policy, Global: func(f *bpfobj.Function) bool {
		for _, n := range names {
			if f.Name == n {
				return true
			}
		}
		return false
	}}
}

func TestStaticCalls(t *testing.T) {
	t.Parallel()
	identity := assemble(t, "identity", reg(movReg64, r0, r1), done())
	store := assemble(t, "store", imm(mov64, r2, 0), mem(stxDW, r1, r2, 0), imm(mov64, r0, 0), done())
	clean := assemble(t, "clean", imm(mov64, r6, 9), mem(stxDW, r10, r6, -8), imm(mov64, r0, 0), done())
	ask := assemble(t, "ask", append([]op{callFunc(identity.Function)}, done())...)
	tests := []struct {
		name string
		want flow.Reach
		ops  []op
	}{
		{"constant through a function", flow.Dead, []op{imm(mov64, r1, 0), callFunc(identity.Function), jmp(jeq, r0, 0, "out")}},
		{"other constant", flow.Reachable, []op{imm(mov64, r1, 1), callFunc(identity.Function), jmp(jeq, r0, 0, "out")}},
		{"two calls", flow.Dead, []op{
			imm(mov64, r1, 1), callFunc(identity.Function), reg(movReg64, r6, r0), imm(mov64, r1, 0), callFunc(identity.Function),
			jmpReg(jneReg, r0, r6, "out"),
		}},
		{"call in a call", flow.Dead, []op{imm(mov64, r1, 0), callFunc(ask.Function), jmp(jeq, r0, 0, "out")}},
		{"input through a function", flow.Unknown, []op{
			mem(ldxB, r6, r1, 0), reg(movReg64, r1, r6), callFunc(identity.Function), jmp(jeq, r6, 5, "out"), jmp(jne, r0, 5, "out"),
		}},
		{"saved register", flow.Dead, []op{imm(mov64, r6, 0), callFunc(clean.Function), jmp(jeq, r6, 0, "out")}},
		{"caller's stack", flow.Dead, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), callFunc(clean.Function), mem(ldxDW, r6, r10, -8), jmp(jeq, r6, 1, "out"),
		}},
		{"write to the caller's stack", flow.Dead, []op{
			imm(mov64, r6, 1), mem(stxDW, r10, r6, -8), reg(movReg64, r1, r10), imm(add64, r1, -8), callFunc(store.Function),
			mem(ldxDW, r6, r10, -8), jmp(jeq, r6, 0, "out"),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := assemble(t, "prog", guarded(tt.ops...)...)
			r := flow.Analyze(p.Function, flow.Facts{Globals: flow.GlobalsCalled}, flow.Budget{})
			assert.Equal(t, tt.want.String(), r.At(p.site("guarded")).Reach.String())
			coarse := flow.Analyze(p.Function, flow.Facts{Globals: flow.GlobalsCalled}, flow.Budget{States: 1, PerSite: 1})
			assert.Contains(t, []flow.Reach{tt.want, flow.Unknown}, coarse.At(p.site("guarded")).Reach)
		})
	}
}

func TestGuardInStaticFunction(t *testing.T) {
	t.Parallel()
	f := assemble(t, "f", guarded(jmp(jeq, r1, 0, "out"))...)
	dead := assemble(t, "dead", imm(mov64, r1, 0), callFunc(f.Function), done())
	both := assemble(t, "both", imm(mov64, r1, 0), callFunc(f.Function), imm(mov64, r1, 1), at("second", callFunc(f.Function)), done())
	a := flow.Analyze(dead.Function, flow.Facts{}, flow.Budget{}).At(f.site("guarded"))
	assert.Equal(t, flow.Answer{Reach: flow.Dead, Guard: flow.Site{Func: f.Function, Insn: 0}}, a)
	a = flow.Analyze(both.Function, flow.Facts{}, flow.Budget{}).At(f.site("guarded"))
	assert.Equal(t, flow.Reachable, a.Reach)
}

func TestGlobalFunctions(t *testing.T) {
	t.Parallel()
	g := assemble(t, "g", guarded(jmp(jeq, r1, 0, "out"))...)
	called := assemble(t, "called", imm(mov64, r1, 0), callFunc(g.Function), at("after", imm(mov64, r0, 0)), done())
	result := assemble(t, "result", guarded(imm(mov64, r1, 0), callFunc(g.Function), jmp(jeq, r0, 0, "out"))...)
	skipped := assemble(t, "skipped", imm(mov64, r6, 0), at("guard", jmp(jeq, r6, 0, "out")), callFunc(g.Function), at("out", imm(mov64, r0, 0)), done())
	tests := []struct {
		name    string
		program program
		policy  flow.Globals
		site    flow.Site
		want    flow.Reach
	}{
		{"entry of a called one", called, flow.GlobalsCalled, g.site("g"), flow.Reachable},
		{"argument of a called one", called, flow.GlobalsCalled, g.site("guarded"), flow.Unknown},
		{"after the call", called, flow.GlobalsCalled, called.site("after"), flow.Reachable},
		{"result", result, flow.GlobalsCalled, result.site("guarded"), flow.Reachable},
		{"not called", skipped, flow.GlobalsCalled, g.site("g"), flow.Dead},
		{"not called by an old kernel", skipped, flow.GlobalsAll, g.site("g"), flow.Reachable},
		{"not called by a kernel that is not known", skipped, flow.GlobalsUnknown, g.site("g"), flow.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := flow.Analyze(tt.program.Function, globals(tt.policy, "g"), flow.Budget{})
			assert.Equal(t, tt.want.String(), r.At(tt.site).Reach.String())
		})
	}
	a := flow.Analyze(skipped.Function, globals(flow.GlobalsCalled, "g"), flow.Budget{}).At(g.site("g"))
	assert.Equal(t, skipped.site("guard"), a.Guard)
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	cb := assemble(t, "cb", imm(mov64, r0, 0), done())
	loop := func(rounds ...op) program {
		return assemble(t, "prog", append(rounds, loadFunc(r2, cb.Function), imm(mov64, r3, 0), imm(mov64, r4, 0), helper(181), at("out", imm(mov64, r0, 0)), done())...)
	}
	tests := []struct {
		name string
		p    program
		want flow.Reach
	}{
		{"rounds", loop(imm(mov64, r1, 5)), flow.Reachable},
		{"unknown rounds", loop(mem(ldxB, r1, r1, 0)), flow.Reachable},
		// Only recent verifiers know that there is nothing to do.
		{"no rounds", loop(imm(mov64, r1, 0)), flow.Unknown},
		{"call that is dead", loop(imm(mov64, r6, 0), jmp(jeq, r6, 0, "out")), flow.Dead},
		{"address that is not used", assemble(t, "prog", loadFunc(r2, cb.Function), imm(mov64, r0, 0), done()), flow.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := flow.Analyze(tt.p.Function, flow.Facts{}, flow.Budget{})
			assert.Equal(t, tt.want.String(), r.At(flow.Site{Func: cb.Function}).Reach.String())
		})
	}
}

func TestPatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		patch  flow.Patch
		level  flow.Level
		mov    op
		want   flow.Reach
		reason string
	}{
		{"field that exists", flow.Patch{Kind: flow.PatchConstant, Value: 1}, 0, imm(mov64, r6, 0), flow.Reachable, ""},
		{"field that does not exist", flow.Patch{Kind: flow.PatchConstant}, 0, imm(mov64, r6, 1), flow.Dead, ""},
		{"wide number", flow.Patch{Kind: flow.PatchConstant, Value: 1 << 32}, 0, load64(r6, 0), flow.Reachable, ""},
		{"wide number in 32 bits", flow.Patch{Kind: flow.PatchConstant, Value: 1 << 32}, 0, imm(mov64, r6, 1), flow.Dead, ""},
		{"address of a symbol", flow.Patch{Kind: flow.PatchNonZero}, 0, load64(r6, 0), flow.Reachable, ""},
		{"address by id", flow.Patch{Kind: flow.PatchAddress}, 0, load64(r6, 0), flow.Reachable, ""},
		{"unknown", flow.Patch{Kind: flow.PatchUnknown, Depends: "the kernel"}, 0, imm(mov64, r6, 0), flow.Unknown, "the kernel"},
		{"poison", flow.Patch{Kind: flow.PatchPoison}, 0, imm(mov64, r6, 1), flow.Dead, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := assemble(t, "prog", guarded(tt.mov, at("guard", jmp(jeq, r6, 0, "out")))...)
			r := flow.Analyze(p.Function, flow.Facts{Verifier: tt.level, Patch: func(s flow.Site) flow.Patch {
				if s.Insn == 0 {
					return tt.patch
				}
				return flow.Patch{}
			}}, flow.Budget{})
			a := r.At(p.site("guarded"))
			assert.Equal(t, tt.want.String(), a.Reach.String())
			assert.Equal(t, tt.reason, a.Depends)
			if tt.patch.Kind == flow.PatchPoison {
				assert.Equal(t, flow.Reachable, r.At(flow.Site{Func: p.Function}).Reach)
				assert.Equal(t, flow.Site{Func: p.Function}, a.Guard)
			} else {
				assert.Equal(t, p.site("guard"), guardOr(a.Guard, p.site("guard")))
			}
		})
	}
}

// guardOr is the guard, or another site if there is none.
func guardOr(s, other flow.Site) flow.Site {
	if s.Func == nil {
		return other
	}
	return s
}

func TestLevels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		since flow.Level
		ops   []op
	}{
		{"narrow spill", flow.Level516, []op{imm(mov64, r6, 1), mem(stxW, r10, r6, -8), mem(ldxW, r7, r10, -8), jmp(jeq, r7, 1, "out")}},
		{"stored immediate", flow.Level63, []op{{insn: bpfobj.Insn{Op: stDW, Dst: r10, Off: -8, Imm: 1}}, mem(ldxDW, r7, r10, -8), jmp(jeq, r7, 1, "out")}},
		{"address by id", flow.Level64, []op{loadExtern(r6, ksym), jmp(jne, r6, 0, "out")}},
	}
	for _, tt := range tests {
		for level := flow.LevelBase; level <= flow.Level64; level++ {
			t.Run(fmt.Sprintf("%s at %d", tt.name, level), func(t *testing.T) {
				t.Parallel()
				p := assemble(t, "prog", guarded(tt.ops...)...)
				r := flow.Analyze(p.Function, flow.Facts{Verifier: level, Patch: func(s flow.Site) flow.Patch {
					if s.Func.Insns[s.Insn].Op == ldImm64 {
						return flow.Patch{Kind: flow.PatchAddress}
					}
					return flow.Patch{}
				}}, flow.Budget{})
				assert.Equal(t, level >= tt.since, r.At(p.site("guarded")).Reach == flow.Dead)
			})
		}
	}
}

// TestIdentity has two relocations that ask the same.
func TestIdentity(t *testing.T) {
	t.Parallel()
	p := assemble(t, "prog", guarded(
		imm(mov64, r6, 0), jmp(jeq, r6, 0, "out"), imm(mov64, r7, 0), jmp(jne, r7, 0, "out"),
	)...)
	facts := func(identity any) flow.Facts {
		return flow.Facts{Patch: func(s flow.Site) flow.Patch {
			if s.Insn == 0 || s.Insn == 2 {
				return flow.Patch{Kind: flow.PatchUnknown, Identity: identity}
			}
			return flow.Patch{}
		}}
	}
	assert.Equal(t, flow.Dead, flow.Analyze(p.Function, facts("field"), flow.Budget{}).At(p.site("guarded")).Reach)
	assert.Equal(t, flow.Unknown, flow.Analyze(p.Function, facts(nil), flow.Budget{}).At(p.site("guarded")).Reach)
}

func TestMemory(t *testing.T) {
	t.Parallel()
	p := assemble(t, "prog", guarded(loadMap(r6, rodata, 16), mem(ldxH, r6, r6, 2), at("guard", jmp(jeq, r6, 7, "out")))...)
	tests := []struct {
		name string
		m    flow.Memory
		want flow.Answer
	}{
		{"known", flow.Memory{Kind: flow.MemoryKnown, Value: 7}, flow.Answer{Reach: flow.Dead, Guard: p.site("guard")}},
		{"other", flow.Memory{Kind: flow.MemoryKnown, Value: 8}, flow.Answer{Reach: flow.Reachable, Guard: p.site("guard")}},
		{"fixed", flow.Memory{Kind: flow.MemoryFixed, Depends: "debug"}, flow.Answer{Reach: flow.Unknown, Guard: p.site("guard"), Depends: "debug"}},
		{"varies", flow.Memory{}, flow.Answer{Reach: flow.Reachable}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked flow.Place
			r := flow.Analyze(p.Function, flow.Facts{Memory: func(at flow.Place) flow.Memory {
				asked = at
				return tt.m
			}}, flow.Budget{})
			assert.Equal(t, tt.want, r.At(p.site("guarded")))
			assert.Equal(t, flow.Place{Map: rodata, Offset: 18, Size: 2}, asked)
		})
	}
}

func TestRefusedCall(t *testing.T) {
	t.Parallel()
	p := assemble(t, "prog", guarded(at("call", helper(9999)))...)
	r := flow.Analyze(p.Function, flow.Facts{Call: func(s flow.Site) flow.Call {
		return flow.Call{Refused: s == p.site("call")}
	}}, flow.Budget{})
	assert.Equal(t, flow.Reachable, r.At(p.site("call")).Reach)
	assert.Equal(t, flow.Answer{Reach: flow.Dead, Guard: p.site("call")}, r.At(p.site("guarded")))
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	f := func(insns ...bpfobj.Insn) *bpfobj.Function { return &bpfobj.Function{Name: "f", Insns: insns} }
	tests := []struct {
		name string
		f    *bpfobj.Function
		want string
	}{
		{"nothing", f(), `function "f": no instructions`},
		{"no exit", f(bpfobj.Insn{Op: mov64}), `function "f": instruction 0 goes on outside of the function`},
		{"jump out", f(bpfobj.Insn{Op: ja, Off: 5}, bpfobj.Insn{Op: exit}), `function "f": instruction 0 goes on outside of the function`},
		{"jump back out", f(bpfobj.Insn{Op: jeq, Off: -2}, bpfobj.Insn{Op: exit}), `function "f": instruction 0 goes on outside of the function`},
		{"half an instruction", f(bpfobj.Insn{Op: ldImm64}), `function "f": truncated ld_imm64`},
		{"jump into an instruction", f(bpfobj.Insn{Op: ja, Off: 1}, bpfobj.Insn{Op: ldImm64}, bpfobj.Insn{}, bpfobj.Insn{Op: exit}), `function "f": jump into the middle of instruction 1`},
		{"call of nothing", f(bpfobj.Insn{Op: call, Src: 1, Imm: 7}, bpfobj.Insn{Op: exit}), `function "f": call of no function`},
		{"jump table", f(bpfobj.Insn{Op: 0x0d}, bpfobj.Insn{Op: exit}), `function "f": jump through a table`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := flow.Analyze(tt.f, flow.Facts{}, flow.Budget{})
			assert.Equal(t, tt.want, r.Malformed())
			for i := -1; i < 3; i++ {
				assert.Equal(t, flow.Answer{Depends: tt.want}, r.At(flow.Site{Func: tt.f, Insn: i}))
			}
		})
	}
}

// TestDeepCalls calls deeper than the kernel allows, and a function that calls itself.
func TestDeepCalls(t *testing.T) {
	t.Parallel()
	chain := []program{assemble(t, "last", imm(mov64, r0, 0), done())}
	for i := range 9 {
		chain = append(chain, assemble(t, fmt.Sprint("f", i), callFunc(chain[i].Function), done()))
	}
	r := flow.Analyze(chain[7].Function, flow.Facts{}, flow.Budget{})
	assert.Equal(t, flow.Reachable, r.At(flow.Site{Func: chain[0].Function}).Reach)
	r = flow.Analyze(chain[8].Function, flow.Facts{}, flow.Budget{})
	assert.Equal(t, flow.Dead, r.At(flow.Site{Func: chain[0].Function}).Reach)

	self := assemble(t, "self", helper(14), callFunc(chain[0].Function), done())
	self.Refs[0].Func = self.Function
	r = flow.Analyze(self.Function, flow.Facts{}, flow.Budget{})
	assert.Equal(t, flow.Dead, r.At(flow.Site{Func: self.Function, Insn: 2}).Reach)
}

// TestAfterThrow has more and more states before a call that may not return:
// what comes after it stays unknown, however long the list of states is.
func TestAfterThrow(t *testing.T) {
	t.Parallel()
	for n := range 70 {
		var ops []op
		for i := range n {
			next := fmt.Sprint("next", i)
			ops = append(ops, mem(ldxB, r7, r1, 0), jmp(jeq, r7, 1, next), at(next, reg(movReg64, r6, r1)))
		}
		ops = append(ops, imm(mov64, r1, 0), callKfunc(throw), at("after", imm(mov64, r0, 0)), done())
		p := assemble(t, "prog", ops...)
		r := flow.Analyze(p.Function, flow.Facts{}, flow.Budget{})
		assert.Equal(t, flow.Unknown, r.At(p.site("after")).Reach, "%d branches before", n)
	}
}
