package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
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
			{Name: "CONFIG_HZ", Kind: bpfobj.ExternKconfig},
		},
		StructOps: []*bpfobj.StructOpsMap{{TypeName: "tcp_congestion_ops___x"}},
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
		"do_exit", "btf_trace_do_exit", "nft_do_chain", "bpf_lsm_file_open", "bpf_iter_file_open",
	} {
		assert.Contains(t, names, name)
	}
	for _, name := range []string{"", "CONFIG_HZ", "sched/sched_switch", "xdp"} {
		assert.NotContains(t, names, name)
	}
}
