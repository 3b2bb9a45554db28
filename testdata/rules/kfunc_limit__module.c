// loaders: libbpf cilium
#include "rule.h"

struct nf_conn { __u32 timeout; };
extern void bpf_ct_release(struct nf_conn *ct) __ksym;
extern __u64 scx_bpf_now(void) __ksym;

#define X4(x) x x x x
#define X64(x) X4(X4(X4(x)))

SEC("raw_tp/sched_switch")
int calls(void *ctx) // want[cilium] `error: program "calls" calls kfuncs of modules 257 times, each with a BTF of its own; modern admits 256`
{
	bpf_ct_release(ctx);
	X4(X64(bpf_ct_release(ctx);))
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	X4(X64(scx_bpf_now();))
	return scx_bpf_now();
}
