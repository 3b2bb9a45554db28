// loaders: cilium
// Calls of a weak kfunc of a module count only if the module is loaded.
#include "rule.h"

struct nf_conn { __u32 timeout; };
extern void bpf_ct_release(struct nf_conn *ct) __ksym __weak;

#define X4(x) x x x x
#define X64(x) X4(X4(X4(x)))

SEC("raw_tp/sched_switch")
int calls(void *ctx) // want `warning: program "calls" calls kfuncs of modules 257 times, each with a BTF of its own; modern admits 256`
{
	bpf_ct_release(ctx);
	X4(X64(bpf_ct_release(ctx);))
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	bpf_ct_release(ctx);
	return 0;
}
