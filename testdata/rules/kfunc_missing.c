// kernels: old modern
// loaders: libbpf cilium
#include "rule.h"

struct task_struct;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern __u64 scx_bpf_now(void) __ksym __weak;
extern void bpf_gone(void) __ksym;
extern void bpf_unused_gone(void) __ksym;
extern void bpf_task_relese(struct task_struct *p) __ksym;
extern void bpf_weak_gone(void) __ksym __weak;
extern void bpf_tested_gone(void) __ksym __weak;
extern __u64 scx_bpf_now___v2(void) __ksym __weak;
extern int bpf_wq_set_callback___strong(void *wq, void *cb, __u32 flags) __ksym;

// example
SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	bpf_gone(); // want `error: kfunc "bpf_gone" not found in`
	return 0;
}

SEC("raw_tp/sched_switch")
int guarded(void *ctx)
{
	if (bpf_ksym_exists(bpf_weak_gone))
		bpf_weak_gone(); // want `note: kfunc "bpf_weak_gone" not found in [a-z]+; never reached`
	return 0;
}

SEC("raw_tp/sched_switch")
int unguarded(void *ctx)
{
	bpf_weak_gone(); // want `error: kfunc "bpf_weak_gone" not found in [a-z]+$`
	return 0;
}

const volatile bool enabled;

SEC("raw_tp/sched_switch")
int user_space_decides(void *ctx)
{
	if (enabled)
		bpf_weak_gone(); // want `warning: kfunc "bpf_weak_gone" not found in [a-z]+; refused if called`
	return 0;
}
// end example

SEC("raw_tp/sched_switch")
int tests_only(void *ctx)
{
	return bpf_ksym_exists(bpf_tested_gone); // want `note: kfunc "bpf_tested_gone" not found in [a-z]+; its address is 0`
}

// Only a program that is switched off uses it: libbpf fails the whole object.
SEC("?raw_tp/sched_switch")
int off(void *ctx)
{
	bpf_unused_gone(); // want `error: kfunc "bpf_unused_gone" not found in`
	return 0;
}

SEC("raw_tp/sched_switch")
int strong_flavor(void *ctx)
{
	return bpf_wq_set_callback___strong(ctx, ctx, 0); // want[old] `error: kfunc "bpf_wq_set_callback___strong" not found in old` want[modern,cilium] `error: kfunc "bpf_wq_set_callback___strong" not found in modern, only "bpf_wq_set_callback"`
}

SEC("raw_tp/sched_switch")
int weak_flavor(void *ctx)
{
	if (bpf_ksym_exists(scx_bpf_now___v2))
		return scx_bpf_now___v2(); // want[old] `note: kfunc "scx_bpf_now___v2" not found in old; never reached` want[modern,cilium] `note: kfunc "scx_bpf_now___v2" not found in modern, only "scx_bpf_now"; never reached`
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return ctx == NULL;
}

SEC("raw_tp/sched_switch")
int clean_on_modern(void *ctx)
{
	bpf_task_acquire(ctx); // want[old] `error: kfunc "bpf_task_acquire" not found`
	if (bpf_ksym_exists(scx_bpf_now))
		return scx_bpf_now(); // want[old] `note: kfunc "scx_bpf_now" not found in old; never reached`
	return 0;
}

SEC("raw_tp/sched_switch")
int misspelt(void *ctx)
{
	bpf_task_relese(ctx); // want `error: kfunc "bpf_task_relese" not found in`
	return 0;
}
