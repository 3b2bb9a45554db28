// kernels: old modern
// loaders: libbpf cilium
// The first text of the section is the license that counts.
__attribute__((section("license"), used)) char first_text[] = "Proprietary";
#include "rule.h"

extern __u64 scx_bpf_now(void) __ksym __weak;

// example
SEC("raw_tp/sched_switch")
int dead_code_too(void *ctx)
{
	if (!bpf_ksym_exists(scx_bpf_now))
		return 0;
	return scx_bpf_now(); // want[modern] `error: license "Proprietary" allows no kfunc calls in modern`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_ktime_get_ns();
}
