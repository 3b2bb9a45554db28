#include "rule.h"

extern __u64 scx_bpf_now(void) __ksym;

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return scx_bpf_now();
}
