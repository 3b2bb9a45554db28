package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestKernelKinds: what the kernel relocates stands in its own types.
func TestKernelKinds(t *testing.T) {
	t.Parallel()
	const kinds, matches = "bpf_core_relo_kind", plan.CORETypeMatches
	tests := []struct {
		name   string
		target []typ
		kind   plan.COREKind
		want   string // reason of a refusal
	}{
		{"5.10", list(un("bpf_attr", 120)), plan.CORETypeExists, "the kernel relocates no program (it does since 5.17)"},
		{"5.17", list(un("bpf_attr", 144), enum(kinds, val("BPF_CORE_TYPE_EXISTS", 8))), plan.CORETypeExists, ""},
		{"5.17, later kind", list(un("bpf_attr", 144), enum(kinds, val("BPF_CORE_TYPE_EXISTS", 8))), matches, "the kernel knows no relocation kind type_matches"},
		{"6.1, later kind", list(un("bpf_attr", 144), enum(kinds, val("BPF_CORE_TYPE_EXISTS", 8), val("BPF_CORE_TYPE_MATCHES", 12))), matches, ""},
		{"part of the types", nil, matches, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var local, target btftest.Builder
			rec := bpfobj.CORERecord{Type: flavored("s")(&local), Access: "0", Kind: uint32(tt.kind)}
			flavored("s")(&target)
			for _, add := range tt.target {
				add(&target)
			}
			obj := coreObject(t, &local, []bpfobj.Insn{{Op: opMov, Imm: 1}, {Op: opExit}}, rec)
			p := plan.Make(obj, &kernel.Kernel{Types: target.Graph(t)}, plan.Lskel, plan.Options{})
			b := &p.CORE[0]
			assert.Equal(t, tt.want, b.Reason())
			assert.Equal(t, tt.name == "5.10", b.KernelRelocatesNone())
			assert.Equal(t, plan.StageLoad, b.Stage)
			if tt.want == "" {
				assert.Equal(t, "1->1", coreOutcome(b))
				assert.Empty(t, p.ScopeOfCORE(0))
				return
			}
			assert.Equal(t, plan.CORERefused, b.Status)
			assert.Equal(t, plan.Scope{Programs: []string{"prog"}}, p.ScopeOfCORE(0))
		})
	}
}

// TestCORENarrowing: in libbpf a relocation leaves its candidates to the next
// one of that type, in cilium/ebpf they vote for one, and aya and the kernel
// ask all candidates anew. The layouts are those of
// nesting___err_partial_match_dups__a and __b.
func TestCORENarrowing(t *testing.T) {
	t.Parallel()
	var local, target btftest.Builder
	s := st("s", 8, at(0, "a", s32), at(4, "b", s32))(&local)
	st("s", 12, at(8, "a", s32))(&target)
	st("s", 24, at(20, "b", s32))(&target)
	obj := coreObject(t, &local, []bpfobj.Insn{{Op: opLoad32}, {Op: opLoad32, Off: 4}, {Op: opExit}},
		bpfobj.CORERecord{Type: s, Access: "0:0"}, bpfobj.CORERecord{Type: s, Access: "0:1", Offset: 8})
	k := &kernel.Kernel{Types: target.Graph(t), Modules: map[string]btfgraph.Graph{}}
	want := map[*plan.Loader][2]string{
		plan.Libbpf: {"0->8", "poisoned"},
		plan.Cilium: {"refused", "poisoned"},
		plan.Aya:    {"0->8", "4->20"},
		plan.Lskel:  {"0->8", "4->20"},
	}
	for l, outcomes := range want {
		p := plan.Make(obj, k, l, plan.Options{})
		assert.Equal(t, outcomes, [2]string{coreOutcome(&p.CORE[0]), coreOutcome(&p.CORE[1])}, l.Name)
	}
}

func TestKernelPlaces(t *testing.T) {
	t.Parallel()
	var local, base btftest.Builder
	s := flavored("s")(&local)
	s32(&base)
	split := btftest.NewSplit(&base)
	reversed("s")(split)
	mod := split.Graph(t)
	rec := bpfobj.CORERecord{Type: s, Access: "0:0"}
	crooked := bpfobj.CORERecord{Type: s, Access: "0:0", Section: 9, Offset: 4}
	obj := coreObject(t, &local, []bpfobj.Insn{{Op: opLoad32}, {Op: opExit}}, rec, crooked, rec)
	sub := &bpfobj.Function{Name: "sub", SectionName: ".text", Section: 2, Insns: []bpfobj.Insn{{Op: opCall}}, CORE: []int{2}}
	obj.Functions = append(obj.Functions, sub)
	obj.CORE[2].Func, obj.CORE[2].Insn = sub, 0

	k := &kernel.Kernel{Types: mod.Base(), Modules: map[string]btfgraph.Graph{"m": mod}}
	p := plan.Make(obj, k, plan.Lskel, plan.Options{})
	assert.Equal(t, "0->8", coreOutcome(&p.CORE[0]))
	assert.Equal(t, "m", p.CORE[0].Target.Module)
	assert.Equal(t, plan.ScopeObject, p.ScopeOfCORE(1), "the light skeleton is not generated")
	assert.Equal(t, plan.COREUnused, p.CORE[2].Status, "the kernel does not get it")
	p = plan.Make(obj, &kernel.Kernel{Types: mod.Base()}, plan.Lskel, plan.Options{})
	assert.True(t, p.CORE[0].ModulesUnknown)
}
