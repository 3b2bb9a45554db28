package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestAyaReasons covers what aya alone refuses or poisons. All of it was
// compared with aya-obj 0.3.0.
func TestAyaReasons(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"flexible array, first element": "the index into a flexible array is not that of the last member, as aya wants it",
		"wider signed INT":              "the field has 8 bytes, 4 in the object, and is no unsigned integer",
		"INT of 16 bytes":               "a field of that size cannot be read by one instruction",
		"far away":                      "the offset does not fit into the instruction: 40000 bytes",
		"bitfield became a field":       "a bitfield on one side only, for which aya panics",
		"bitfield too wide":             "the bitfield cannot be read with one aligned load of 8 bytes",
		"anonymous enum":                `member "a" is "enum {...}", in the object "enum e"`,
		"size of no type":               "no type matches",
		"matches":                       "unknown relocation kind: type_matches",
	}
	for _, table := range [][]pair{fieldPairs, typePairs} {
		for _, tt := range table {
			reason, ok := want[tt.name]
			if !ok {
				continue
			}
			delete(want, tt.name)
			b := tt.relocated(t, plan.Aya)
			assert.Equal(t, reason, b.Reason(), tt.name)
			stage := plan.StageLoad
			if tt.kind == plan.CORETypeMatches {
				stage = plan.StageOpen
			}
			assert.Equal(t, stage, b.Stage, tt.name)
		}
	}
	assert.Empty(t, want, "pairs that are not in the tables")
}

// TestAyaRecords covers records that no compiler writes.
func TestAyaRecords(t *testing.T) {
	t.Parallel()
	var local, target btftest.Builder
	s := flavored("s")(&local)
	e := enum("e", val("A", 1))(&local)
	v := st("v", 8, at(0, "a", fwd("f")), at(4, "b", s32))(&local)
	reversed("s")(&target)
	enum("e", val("A", 7))(&target)
	st("v", 8, at(0, "a", fwd("f")), at(4, "b", s32))(&target)
	k := &kernel.Kernel{Types: target.Graph(t)}
	load := bpfobj.Insn{Op: opLoad32}
	tests := []struct {
		name   string
		insn   bpfobj.Insn
		typ    btfgraph.ID
		access string
		kind   plan.COREKind
		want   string
	}{
		{"value of another instruction", bpfobj.Insn{Op: opLoad32, Off: 99}, s, "0:0", plan.COREByteOff, "0->8"}, // nobody compares it
		{"plus sign", load, s, "+0:+0", plan.COREByteOff, "0->8"},
		{"two plus signs", load, s, "0:++0", plan.COREByteOff, "refused"},
		{"empty access", load, s, "", plan.COREByteOff, "refused"},
		{"space", load, s, "0: 0", plan.COREByteOff, "refused"},
		{"no such member", load, s, "0:3", plan.COREByteOff, "refused"},
		{"no such type", load, 99, "0:0", plan.COREByteOff, "refused"},
		{"type with a path", bpfobj.Insn{Op: opMov}, s, "0:0", plan.CORETypeExists, "refused"},
		{"enumerator of a struct", bpfobj.Insn{Op: opMov}, s, "0", plan.COREEnumvalValue, "refused"},
		{"member without a size", load, v, "0:0", plan.COREByteOff, "refused"},
		{"unknown kind", load, s, "0", 13, "refused"},
		{"call", bpfobj.Insn{Op: opCall}, s, "0:0", plan.COREByteOff, "refused"},
		{"register operand", bpfobj.Insn{Op: 0xbf, Src: 1}, s, "0:0", plan.COREByteOff, "refused"},
		{"register operand r0", bpfobj.Insn{Op: 0xbf}, s, "0:0", plan.COREByteOff, "0->8"},
		{"half a ld_imm64", bpfobj.Insn{Op: bpfobj.LdImm64}, e, "0", plan.COREEnumvalValue, "1->7"}, // the next instruction is taken for the other half
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := bpfobj.CORERecord{Type: tt.typ, Access: tt.access, Kind: uint32(tt.kind)}
			obj := coreObject(t, &local, []bpfobj.Insn{tt.insn, {Op: opExit}}, rec)
			p := plan.Make(obj, k, plan.Aya, plan.Options{})
			assert.Equal(t, tt.want, coreOutcome(&p.CORE[0]), p.CORE[0].Reason())
			if tt.want == "refused" {
				assert.Equal(t, plan.ScopeObject, p.ScopeOfCORE(0))
			}
		})
	}
}

func TestAyaPlaces(t *testing.T) {
	t.Parallel()
	var types btftest.Builder
	s := flavored("s")(&types)
	k := &kernel.Kernel{Types: types.Graph(t)}
	rec := bpfobj.CORERecord{Type: s, Access: "0:0"}
	nowhere := bpfobj.CORERecord{Type: s, Access: "0:0", Section: 9}
	obj := coreObject(t, &types, []bpfobj.Insn{{Op: opLoad32}, {Op: opExit}}, rec, nowhere, rec)
	obj.CORE[0].Offset = 4 // inside the first instruction
	sub := &bpfobj.Function{Name: "sub", SectionName: ".text", Section: 2, Insns: []bpfobj.Insn{{Op: opCall}}, CORE: []int{2}}
	obj.Functions = append(obj.Functions, sub)
	obj.CORE[2].Func, obj.CORE[2].Insn = sub, 0

	p := plan.Make(obj, k, plan.Aya, plan.Options{})
	assert.Equal(t, plan.COREPatched, p.CORE[0].Status)
	assert.Equal(t, plan.CORERefused, p.CORE[1].Status)
	assert.Equal(t, "no function holds the instruction", p.CORE[1].Reason())
	assert.Equal(t, plan.ScopeObject, p.ScopeOfCORE(1))
	assert.Equal(t, plan.CORERefused, p.CORE[2].Status, "no program calls it")
	assert.Equal(t, plan.ScopeObject, p.ScopeOfCORE(2))
}

// TestAyaModules: aya looks at vmlinux alone, so that no module decides.
func TestAyaModules(t *testing.T) {
	t.Parallel()
	var local, base btftest.Builder
	s := flavored("s")(&local)
	s32(&base)
	split := btftest.NewSplit(&base)
	reversed("s")(split)
	mod := split.Graph(t)
	obj := coreObject(t, &local, []bpfobj.Insn{{Op: opLoad32}, {Op: opExit}}, bpfobj.CORERecord{Type: s, Access: "0:0"})
	for _, modules := range []map[string]btfgraph.Graph{nil, {"m": mod}} {
		b := &plan.Make(obj, &kernel.Kernel{Types: mod.Base(), Modules: modules}, plan.Aya, plan.Options{}).CORE[0]
		assert.Equal(t, plan.COREPoisoned, b.Status)
		assert.False(t, b.ModulesUnknown)
		assert.Equal(t, "no type of that name", b.Reason())
		require.Empty(t, b.Candidates())
	}
}
