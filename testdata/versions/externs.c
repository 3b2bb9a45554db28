// Names with a suffix, and functions that were called weak.
#include "rule.h"

struct bpf_wq { __u64 opaque[2]; };
struct task_struct { int pid; };

extern struct task_struct *bpf_task_acquire___new(struct task_struct *p) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p, int flags) __ksym __weak;

SEC("raw_tp/sched_switch")
int flavor(void *ctx)
{
	return !bpf_task_acquire___new(ctx);
}

SEC("raw_tp/sched_switch")
int other_prototype(void *ctx)
{
	if (bpf_ksym_exists(bpf_task_acquire))
		return !bpf_task_acquire(ctx, 0);
	return 0;
}

__weak __attribute__((noinline)) int replaceable(int n)
{
	asm volatile("");
	return n;
}

SEC("raw_tp/sched_switch")
int calls_weak(void *ctx)
{
	return replaceable(1);
}

SEC("raw_tp/sched_switch")
int labelled(void *ctx)
{
	asm volatile("r2 = 0; my_label:" ::: "r2");
	return 0;
}
