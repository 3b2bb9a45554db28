// loaders: libbpf cilium
#include "rule.h"

struct nf_conn { __u32 timeout; };
extern void bpf_ct_release(struct nf_conn *ct) __ksym __weak;
extern __u64 scx_bpf_now(void) __ksym __weak;

// example
SEC("raw_tp/sched_switch")
int keeps_address(void *ctx)
{
	return (long)scx_bpf_now; // want[cilium] `warning: address of kfunc "scx_bpf_now" is a BTF id with cilium`
}

SEC("raw_tp/sched_switch")
int module(void *ctx)
{
	if (bpf_ksym_exists(bpf_ct_release)) // want[cilium] `warning: address of kfunc "bpf_ct_release", of a module, cannot be loaded with cilium`
		bpf_ct_release(ctx);
	return 0;
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_ksym_exists(scx_bpf_now) ? scx_bpf_now() : 0;
}
