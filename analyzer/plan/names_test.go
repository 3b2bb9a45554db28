package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/plan"
)

func TestNames(t *testing.T) {
	t.Parallel()
	prog := func(section string) *bpfobj.Program {
		return &bpfobj.Program{Function: &bpfobj.Function{SectionName: section}}
	}
	obj := &bpfobj.Object{
		Externs: []*bpfobj.Extern{
			{Name: "bpf_rcu___v2", Kind: bpfobj.ExternFunc},
			{Name: "scx_bpf_now", Kind: bpfobj.ExternFunc},
			{Name: "CONFIG_HZ", Kind: bpfobj.ExternKconfig},
		},
		StructOps: []*bpfobj.StructOpsMap{{TypeName: "tcp_congestion_ops___x"}, {TypeName: "Qdisc_ops"}, {TypeName: "sched_ext_ops"}},
		Programs: []*bpfobj.Program{
			prog("fentry.s/do_exit"), prog("fexit/nf_tables:nft_do_chain"),
			prog("tracepoint/sched/sched_switch"), prog("xdp"),
			{Function: &bpfobj.Function{}, Explicit: &bpfobj.ProgramAttrs{AttachTo: "file_open"}},
		},
	}
	names := plan.Names(obj)
	for _, name := range []string{
		"bpf_map_type", "bpf_ctx_convert",
		"bpf_rcu___v2", "bpf_rcu",
		"tcp_congestion_ops", "bpf_struct_ops_tcp_congestion_ops", "bpf_struct_ops_tcp_congestion_ops___x",
		"scx_kfunc_context_filter", "bpf_qdisc_validate", "scx_ops_flags",
		"do_exit", "btf_trace_do_exit", "nft_do_chain", "bpf_lsm_file_open", "bpf_iter_file_open",
	} {
		assert.Contains(t, names, name)
	}
	for _, name := range []string{"", "CONFIG_HZ", "sched/sched_switch", "xdp"} {
		assert.NotContains(t, names, name)
	}
}

func TestNamesCORE(t *testing.T) {
	t.Parallel()
	var b btftest.Builder
	first, second := b.Struct("task_struct___old", 0), b.Struct("odd____name", 0)
	obj := coreObject(t, &b, nil, bpfobj.CORERecord{Type: first}, bpfobj.CORERecord{Type: first},
		bpfobj.CORERecord{Type: second}, bpfobj.CORERecord{Type: 99})
	names := plan.Names(obj)
	for _, name := range []string{"task_struct", "task_struct___", "odd____name", "odd____name___", "odd_", "odd____", "long int"} {
		assert.Contains(t, names, name)
	}
	assert.NotContains(t, names, "task_struct___old")
	assert.NotContains(t, names, "")
}
