// kernels: old quirks modern
// loaders: libbpf cilium
#include "rule.h"

struct sk_buff { int len; };

// example
extern int do_unlinkat(int dfd, struct sk_buff *name) __ksym __weak;
extern int bpf_once(int a) __ksym __weak;

SEC("raw_tp/sched_switch")
int old_kernel(void *ctx)
{
	return do_unlinkat(0, ctx); // want[old] `error: kfunc "do_unlinkat" cannot be called in old: it is older than 5.13$`
}

SEC("raw_tp/sched_switch")
int no_jit(void *ctx)
{
	if (ctx)
		return 0;
	return bpf_once(1); // want[quirks] `error: kfunc "bpf_once" cannot be called in quirks: CONFIG_BPF_JIT is not set`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_ktime_get_ns();
}
