// kernels: contexts modern
#include "rule.h"

struct task_struct { int pid; }; struct sk_buff { int len; };

extern void bpf_task_release(struct task_struct *p) __ksym __weak;
extern __u64 *bpf_session_cookie(void) __ksym __weak;

// example
SEC("kprobe/do_unlinkat")
int kprobe(void *ctx)
{
	bpf_task_release(ctx); // want `error: kfunc "bpf_task_release" is refused to programs of type KPROBE in`
	return 0;
}
// end example

// Allowed since 7.x, and nothing tells that this kernel is that new.
SEC("raw_tp/sched_switch")
int raw_tp(void *ctx)
{
	bpf_task_release(ctx); // want `warning: kfunc "bpf_task_release" may be refused to programs of type RAW_TRACEPOINT in`
	return 0;
}

static __noinline int shared(void *ctx, int ask)
{
	if (ask)
		bpf_task_release(ctx); // want `warning: kfunc "bpf_task_release" is refused to programs of type SK_SKB in .*; refused if reached`
	return 0;
}

const volatile int asks; // user space sets it

SEC("sk_skb")
int maybe(void *ctx)
{
	return shared(ctx, asks);
}

SEC("kprobe.multi/do_unlinkat")
int no_session(void *ctx)
{
	if (!bpf_ksym_exists(bpf_session_cookie))
		return 0;
	return bpf_session_cookie() != NULL; // want[contexts] `error: kfunc "bpf_session_cookie" is refused to programs of attach type BPF_TRACE_KPROBE_MULTI`
}

SEC("kprobe.session/do_unlinkat")
int clean_session(void *ctx)
{
	if (!bpf_ksym_exists(bpf_session_cookie))
		return 0;
	return bpf_session_cookie() != NULL;
}

SEC("xdp")
int clean(void *ctx)
{
	bpf_task_release(ctx);
	return 0;
}
