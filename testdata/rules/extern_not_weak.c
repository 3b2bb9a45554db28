// kernels: old modern
#include "rule.h"

extern __u64 scx_bpf_now(void) __ksym;
extern __u64 scx_bpf_now___weak(void) __ksym __weak;

// The compiler folds the test of a strong symbol away, unless it cannot see it.
#define address_of(sym) ({ __u64 __addr; asm volatile("%0 = %1 ll" : "=r"(__addr) : "i"(sym)); __addr; })

// example
SEC("raw_tp/sched_switch")
int guarded(void *ctx)
{
	if (address_of(scx_bpf_now)) // want `warning: kfunc "scx_bpf_now" is strong, and the program tests whether it exists`
		return scx_bpf_now();
	return 0;
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	if (bpf_ksym_exists(scx_bpf_now___weak))
		return scx_bpf_now___weak();
	return 0;
}
