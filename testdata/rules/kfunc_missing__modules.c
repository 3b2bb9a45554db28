// modules: unknown
#include "rule.h"

extern void bpf_somewhere(void) __ksym;
extern void bpf_weak_somewhere(void) __ksym __weak;
extern __u64 scx_bpf_now(void) __ksym;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	bpf_somewhere(); // want `warning: kfunc "bpf_somewhere" not found in vmlinux of modern$`
	return 0;
}

SEC("raw_tp/sched_switch")
int weak(void *ctx)
{
	bpf_weak_somewhere(); // want `warning: kfunc "bpf_weak_somewhere" not found in vmlinux of modern$`
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return scx_bpf_now();
}
