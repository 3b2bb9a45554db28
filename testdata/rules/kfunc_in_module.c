// loaders: libbpf cilium
#include "rule.h"

struct nf_conn { __u32 timeout; };

// example
extern void bpf_ct_release(struct nf_conn *ct) __ksym;
extern struct nf_conn *bpf_ct_lookup(__u32 zone) __ksym __weak;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	bpf_ct_release(ctx); // want `warning: kfunc "bpf_ct_release" needs module "conntrack" of modern to be loaded`
	return 0;
}

SEC("raw_tp/sched_switch")
int guarded(void *ctx)
{
	if (bpf_ksym_exists(bpf_ct_lookup))
		return !bpf_ct_lookup(0); // want `note: kfunc "bpf_ct_lookup" needs module "conntrack" of modern to be loaded`
	return 0;
}
// end example

extern __u64 scx_bpf_now(void) __ksym;

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return scx_bpf_now();
}
