package plan_test

import (
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKfuncMisuses judges the calls of testdata/rules/kfunc_context.c and
// kfunc_sleepable.c by kernels of several versions.
func TestKfuncMisuses(t *testing.T) {
	t.Parallel()
	type misuse struct {
		name, place string
		fault       plan.KfuncFault
		sure        bool
	}
	session := misuse{"bpf_session_cookie", "BPF_TRACE_KPROBE_MULTI", plan.KfuncAttachType, true}
	kprobe := misuse{"bpf_task_release", "KPROBE", plan.KfuncProgType, true}
	skb := misuse{"bpf_task_release", "SK_SKB", plan.KfuncProgType, true}
	rawTP := func(sure bool) misuse { return misuse{"bpf_task_release", "RAW_TRACEPOINT", plan.KfuncProgType, sure} }
	arena := misuse{"bpf_arena_free_pages", "", plan.KfuncSleeps, false}
	str := misuse{"bpf_copy_from_user_str", "", plan.KfuncSleeps, true}
	tests := []struct {
		name, object, release string
		want                  []misuse
	}{
		{"no version", "kfunc_context", "", []misuse{kprobe, rawTP(false), skb, session}},
		{"version between two of the table", "kfunc_context", "6.18.1", []misuse{kprobe, rawTP(false), skb, session}},
		{"version that allows it", "kfunc_context", "7.2.13", []misuse{kprobe, skb, session}},
		{"version after the table", "kfunc_context", "9.1.0", []misuse{kprobe, skb, session}},
		{"version before the table", "kfunc_context", "5.15.0", []misuse{kprobe, rawTP(false), skb, session}},
		{"may sleep", "kfunc_sleepable", "6.12.5", []misuse{str, arena}},
		{"does not sleep any more", "kfunc_sleepable", "7.3.0", []misuse{str}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := bpfobj.ReadFile("../../testdata/rules/" + tt.object + ".o")
			require.NoError(t, err)
			k, err := kernel.Open(kernel.Spec{Types: "../../testdata/kernels/contexts.o", Modules: "none"})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, k.Close()) })
			k.Release = tt.release
			var got []misuse
			for _, m := range plan.Make(o, k, plan.Libbpf, plan.Options{}).KfuncMisuses() {
				got = append(got, misuse{m.Extern.Name, m.Place, m.Fault, m.Sure})
			}
			assert.ElementsMatch(t, tt.want, got)
		})
	}
}
