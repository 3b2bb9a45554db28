// kernels: modern untagged
#include "rule.h"

struct bpf_wq { __u64 opaque[2]; };
struct bpf_prog_aux { __u32 id; };
struct sk_buff { int len; };
struct task_struct { int pid; };

// example
extern int do_unlinkat(int dfd, struct sk_buff *name) __ksym __weak;
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, void *cb, __u32 flags, struct bpf_prog_aux *aux) __ksym __weak;

SEC("raw_tp/sched_switch")
int straight(void *ctx)
{
	return do_unlinkat(0, ctx); // want[modern] `error: function "do_unlinkat" is no kfunc in modern$`
}

SEC("raw_tp/sched_switch")
int guarded(void *ctx)
{
	if (bpf_ksym_exists(bpf_wq_set_callback_impl))
		return bpf_wq_set_callback_impl(ctx, ctx, 0, NULL); // want[modern] `error: function "bpf_wq_set_callback_impl" is no kfunc in modern$`
	return 0;
}
// end example

extern void bpf_task_release(struct task_struct *p) __ksym;

// Without any tag in the kernel, nothing is proven.
SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	bpf_task_release(ctx);
	return 0;
}
