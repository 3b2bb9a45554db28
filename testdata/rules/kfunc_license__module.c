// kernels: modern
// loaders: libbpf cilium
// The kernel sees a call of a weak kfunc of a module only if the module is loaded.
__attribute__((section("license"), used)) char first_text[] = "Proprietary";
#include "rule.h"

struct nf_conn { __u32 timeout; };
extern struct nf_conn *bpf_ct_lookup(__u32 zone) __ksym __weak;
extern void bpf_ct_release(struct nf_conn *ct) __ksym;

SEC("raw_tp/sched_switch")
int weak(void *ctx)
{
	if (!bpf_ksym_exists(bpf_ct_lookup))
		return 0;
	return !bpf_ct_lookup(0); // want `warning: license "Proprietary" allows no kfunc calls in modern`
}

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	bpf_ct_release(ctx); // want `error: license "Proprietary" allows no kfunc calls in modern`
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_ktime_get_ns();
}
