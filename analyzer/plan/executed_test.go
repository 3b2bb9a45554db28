package plan

import (
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/flow"
	"github.com/stretchr/testify/assert"
)

func TestStraightLine(t *testing.T) {
	t.Parallel()
	var (
		mov    = bpfobj.Insn{Op: 0xb7}
		exit   = bpfobj.Insn{Op: 0x95}
		jump   = bpfobj.Insn{Op: 0x15}
		jump32 = bpfobj.Insn{Op: 0x16}
		helper = bpfobj.Insn{Op: 0x85, Imm: 5}
		call   = bpfobj.Insn{Op: 0x85, Src: bpfobj.PseudoCall, Imm: -1}
		kfunc  = bpfobj.Insn{Op: 0x85, Src: bpfobj.PseudoCall, Imm: -1}
		load   = bpfobj.Insn{Op: bpfobj.LdImm64}
		like   = bpfobj.Insn{Op: 0x15} // second slot of a load that looks like a jump
	)
	callee := &bpfobj.Function{Name: "callee", Insns: []bpfobj.Insn{mov, exit}}
	throw := &bpfobj.Extern{Name: throwKfunc}
	flavor := &bpfobj.Extern{Name: throwKfunc + "___x"}
	tests := []struct {
		name    string
		insns   []bpfobj.Insn
		refs    []bpfobj.Ref
		throws  bool
		end     int
		callees int
	}{
		{"nothing", nil, nil, false, 0, 0},
		{"exit", []bpfobj.Insn{mov, exit, mov}, nil, false, 2, 0},
		{"branch", []bpfobj.Insn{mov, jump, helper, exit}, nil, false, 2, 0},
		{"32-bit branch", []bpfobj.Insn{jump32, exit}, nil, false, 1, 0},
		{"helper", []bpfobj.Insn{helper, exit}, nil, false, 2, 0},
		{"load", []bpfobj.Insn{load, like, helper, exit}, nil, false, 4, 0},
		{"truncated load", []bpfobj.Insn{load}, nil, false, 1, 0},
		{"call", []bpfobj.Insn{call, mov, exit}, []bpfobj.Ref{{Insn: 0, Kind: bpfobj.RefCall, Func: callee}}, false, 3, 1},
		{"call that may throw", []bpfobj.Insn{call, mov, exit}, []bpfobj.Ref{{Insn: 0, Kind: bpfobj.RefCall, Func: callee}}, true, 1, 1},
		{"throw", []bpfobj.Insn{mov, kfunc, exit}, []bpfobj.Ref{{Insn: 1, Kind: bpfobj.RefExtern, Extern: throw}}, true, 2, 0},
		{"flavor of throw", []bpfobj.Insn{mov, kfunc, exit}, []bpfobj.Ref{{Insn: 1, Kind: bpfobj.RefExtern, Extern: flavor}}, true, 2, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			end, callees := straightLine(&bpfobj.Function{Insns: tt.insns, Refs: tt.refs}, tt.throws)
			assert.Equal(t, tt.end, end)
			assert.Len(t, callees, tt.callees)
		})
	}
}

func TestExecutedBy(t *testing.T) {
	t.Parallel()
	exit := bpfobj.Insn{Op: 0x95}
	callee := &bpfobj.Function{Name: "callee", Insns: []bpfobj.Insn{{Op: 0x85, Imm: 1}, {Op: 0x15}, {Op: 0x85, Imm: 2}, exit}}
	entry := func(name string, insns ...bpfobj.Insn) *bpfobj.Function {
		f := &bpfobj.Function{Name: name, Insns: append(insns, bpfobj.Insn{Op: 0x85, Src: 1}, exit)}
		f.Refs = []bpfobj.Ref{{Insn: len(insns), Kind: bpfobj.RefCall, Func: callee}}
		f.Program = &bpfobj.Program{Function: f}
		return f
	}
	always, sometimes := entry("always"), entry("sometimes", bpfobj.Insn{Op: 0x15})
	p := &Plan{Loader: Libbpf, Object: &bpfobj.Object{
		Functions: []*bpfobj.Function{callee, always, sometimes}, Programs: []*bpfobj.Program{always.Program, sometimes.Program},
	}}
	p.facts = newFacts(p.Object)
	certain, possible := p.executedFirst(callee, 0)
	assert.Equal(t, []string{"always"}, certain.Programs)
	assert.Equal(t, []string{"sometimes"}, possible.Programs)
	certain, possible = p.executedFirst(callee, 2)
	assert.Empty(t, certain.Programs)
	assert.Equal(t, []string{"always", "sometimes"}, possible.Programs)
}

// TestReachMeetingPoint has an instruction that all ways lead to, behind one
// that the loader may poison.
func TestReachMeetingPoint(t *testing.T) {
	t.Parallel()
	const before, after = 3, 4
	for status, want := range map[COREStatus]flow.Reach{
		COREPatched: flow.Reachable, COREPoisoned: flow.Dead, COREUndecided: flow.Reachable,
	} {
		t.Run(status.String(), func(t *testing.T) {
			t.Parallel()
			f := &bpfobj.Function{Name: "prog", CORE: []int{0}, Insns: []bpfobj.Insn{
				{Op: 0x85, Imm: 5}, {Op: 0x55, Off: 1}, {Op: 0xb7}, {Op: 0xb7, Imm: 1}, {Op: 0xbf, Dst: 2, Src: 1}, {Op: 0x95},
			}}
			f.Program = &bpfobj.Program{Function: f}
			obj := &bpfobj.Object{
				Functions: []*bpfobj.Function{f}, Programs: []*bpfobj.Program{f.Program},
				CORE: []bpfobj.CORERecord{{Func: f, Insn: before}},
			}
			p := &Plan{Loader: Libbpf, Object: obj, facts: newFacts(obj), flows: &flows{programs: make([]*programFlow, 1)}}
			group := &coreGroup{coreLocal: &coreLocal{local: (&btftest.Builder{}).Graph(t)}}
			p.CORE = []COREBinding{{Record: &obj.CORE[0], Status: status, Matched: true, relo: &coreRelo{}, group: group, fix: &coreFix{}}}
			assert.Equal(t, flow.Reachable, p.reach(0, flow.Site{Func: f, Insn: before}).Reach)
			assert.Nil(t, p.flows.programs[0], "what all ways lead to takes no analysis")
			assert.Equal(t, want, p.reach(0, flow.Site{Func: f, Insn: after}).Reach)
			assert.Equal(t, status == COREPatched, p.flows.programs[0] == nil)
		})
	}
}
