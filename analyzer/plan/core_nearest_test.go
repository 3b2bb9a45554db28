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

func TestNearest(t *testing.T) {
	t.Parallel()
	type member = btftest.Member
	// build makes struct task of the target from its members' types.
	tests := []struct {
		name  string
		field string
		build func(b *btftest.Builder, i32 btfgraph.ID) []member
		want  []plan.Suggestion
	}{
		{"underscores", "state", func(_ *btftest.Builder, i32 btfgraph.ID) []member { // 2f064a59a11f: task_struct.state
			return []member{{Name: "pid", Type: i32}, {Name: "__state", Type: i32}}
		}, []plan.Suggestion{{How: plan.Renamed, Name: "task.__state", Type: "int"}}},
		{"one letter", "nr_dirtied", func(_ *btftest.Builder, i32 btfgraph.ID) []member {
			return []member{{Name: "nr_dirty", Type: i32}, {Name: "nr_dirtieds", Type: i32}}
		}, []plan.Suggestion{{How: plan.Renamed, Name: "task.nr_dirtieds", Type: "int"}}},
		{"word before", "count", func(_ *btftest.Builder, i32 btfgraph.ID) []member {
			return []member{{Name: "ref_count", Type: i32}, {Name: "discount", Type: i32}}
		}, []plan.Suggestion{{How: plan.Renamed, Name: "task.ref_count", Type: "int"}}},
		{"name alike, type not", "state", func(b *btftest.Builder, _ btfgraph.ID) []member {
			return []member{{Name: "__state", Type: b.Ptr(0)}}
		}, nil},
		{"short name", "id", func(_ *btftest.Builder, i32 btfgraph.ID) []member {
			return []member{{Name: "pid", Type: i32}, {Name: "id_x", Type: i32}}
		}, nil},
		{"inside a member", "state", func(b *btftest.Builder, i32 btfgraph.ID) []member {
			inner := b.Struct("inner", 4, member{Name: "state", Type: i32})
			outer := b.Struct("outer", 4, member{Name: "in", Type: inner})
			return []member{{Name: "out", Type: outer}}
		}, []plan.Suggestion{{How: plan.MovedInside, Name: "task.out.in.state", Type: "int"}}},
		{"behind a pointer", "state", func(b *btftest.Builder, i32 btfgraph.ID) []member {
			return []member{{Name: "sched", Type: b.Ptr(b.Struct("sched", 4, member{Name: "state", Type: i32}))}}
		}, []plan.Suggestion{{How: plan.MovedBehind, Name: "task.sched->state", Type: "int", Behind: "struct sched"}}},
		{"place", "state", func(_ *btftest.Builder, i32 btfgraph.ID) []member {
			return []member{{Name: "before", Type: i32}, {Name: "mode", Type: i32}, {Name: "after", Type: i32}}
		}, []plan.Suggestion{{How: plan.Renamed, Name: "task.mode", Type: "int"}}},
		{"other type", "state", func(b *btftest.Builder, _ btfgraph.ID) []member {
			return []member{{Name: "state", Type: b.Ptr(0)}}
		}, []plan.Suggestion{{How: plan.Retyped, Name: "task.state", Type: "void *"}}},
		{"itself in a loop", "state", func(b *btftest.Builder, _ btfgraph.ID) []member {
			return []member{{Name: "next", Type: 3}, {Name: "", Type: 3}} // 3 is task itself
		}, nil},
		{"gone", "state", func(_ *btftest.Builder, i32 btfgraph.ID) []member {
			return []member{{Name: "pid", Type: i32}}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var local, target btftest.Builder
			l32 := local.Int("int", 4, btfgraph.IntSigned)
			s := local.Struct("task", 12, member{Name: "before", Type: l32},
				member{Name: tt.field, Type: l32, BitOffset: 32}, member{Name: "after", Type: l32, BitOffset: 64})
			i32 := target.Int("int", 4, btfgraph.IntSigned)
			target.Struct("task", 64, tt.build(&target, i32)...)
			obj := coreObject(t, &local, []bpfobj.Insn{{Op: opLoad32, Off: 4}, {Op: opExit}}, bpfobj.CORERecord{Type: s, Access: "0:1"})
			p := plan.Make(obj, &kernel.Kernel{Types: target.Graph(t)}, plan.Libbpf, plan.Options{})
			assert.NotEqual(t, plan.COREPatched, p.CORE[0].Status)
			assert.Equal(t, tt.want, p.Nearest(&p.CORE[0]))
		})
	}
}

func TestNearestTypes(t *testing.T) {
	t.Parallel()
	var local, target btftest.Builder
	i32 := local.Int("int", 4, btfgraph.IntSigned)
	s := local.Struct("s", 4, btftest.Member{Name: "a", Type: i32})
	enum := local.Enum("e", btftest.Value{Name: "GONE"}, btftest.Value{Name: "BPF_MOVED"}, btftest.Value{Name: "NEVER"})
	target.Union("s", 4)
	target.Fwd("s", false)
	target.Enum("e", btftest.Value{Name: "_GONE"})
	target.Enum64("other", btftest.Value{Name: "BPF_MOVED"})
	k := &kernel.Kernel{Types: target.Graph(t)}
	rec := func(typ btfgraph.ID, access string, kind plan.COREKind) bpfobj.CORERecord {
		return bpfobj.CORERecord{Type: typ, Access: access, Kind: uint32(kind)}
	}
	mov := bpfobj.Insn{Op: opMov}
	obj := coreObject(t, &local, []bpfobj.Insn{mov, mov, mov, mov, mov, {Op: opExit}},
		rec(s, "0:0", plan.COREByteOff), rec(enum, "0", plan.COREEnumvalValue), rec(enum, "1", plan.COREEnumvalValue),
		rec(enum, "2", plan.COREEnumvalValue), rec(s, "0", plan.CORELocalTypeID))
	p := plan.Make(obj, k, plan.Libbpf, plan.Options{})
	assert.Equal(t, []plan.Suggestion{{How: plan.OtherKind, Name: `union "s"`}, {How: plan.OtherKind, Name: `fwd "s"`}}, p.Nearest(&p.CORE[0]))
	assert.Equal(t, []plan.Suggestion{{How: plan.Renamed, Name: "_GONE"}}, p.Nearest(&p.CORE[1]))
	assert.Equal(t, []plan.Suggestion{{How: plan.OtherEnum, Name: `BPF_MOVED of enum "other"`}}, p.Nearest(&p.CORE[2]))
	assert.Empty(t, p.Nearest(&p.CORE[3]))
	assert.Empty(t, p.Nearest(&p.CORE[4]))
}

// TestNearestEnumMember compares members of an enum type, which are alike only
// if the names of the enums are.
func TestNearestEnumMember(t *testing.T) {
	t.Parallel()
	var local, target btftest.Builder
	s := local.Struct("s", 4, btftest.Member{Name: "state", Type: local.Enum("e", btftest.Value{Name: "A"})})
	one, other := target.Enum("e", btftest.Value{Name: "A"}), target.Enum("f", btftest.Value{Name: "B"})
	target.Struct("s", 8, btftest.Member{Name: "__state", Type: one}, btftest.Member{Name: "state_", Type: other, BitOffset: 32})
	obj := coreObject(t, &local, []bpfobj.Insn{{Op: opMov}, {Op: opExit}}, bpfobj.CORERecord{Type: s, Access: "0:0"})
	p := plan.Make(obj, &kernel.Kernel{Types: target.Graph(t)}, plan.Libbpf, plan.Options{})
	assert.Equal(t, []plan.Suggestion{{How: plan.Renamed, Name: "s.__state", Type: "enum e"}}, p.Nearest(&p.CORE[0]))
}
