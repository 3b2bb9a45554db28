// kernels: modern untagged
// loaders: libbpf cilium
#include "rule.h"

struct bpf_wq { __u64 opaque[2]; };
struct task_struct { int pid; };
struct bpf_prog_aux { __u32 id; };
struct unknown_task;

// example
extern void bpf_task_release(struct unknown_task *p) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p, int flags) __ksym __weak;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	bpf_task_release(ctx); // want `error: kfunc "bpf_task_release" differs in [a-z]+: argument 1: "struct unknown_task \*" \(FWD\) in the object, "struct task_struct \*" \(STRUCT\) in the kernel`
	return 0;
}

SEC("raw_tp/sched_switch")
int weak(void *ctx)
{
	if (bpf_ksym_exists(bpf_task_acquire))
		return !bpf_task_acquire(ctx, 0); // want[libbpf] `warning: kfunc "bpf_task_acquire" differs in [a-z]+: 2 arguments in the object, 1 in the kernel; a call that is reached fails` want[cilium] `error: kfunc "bpf_task_acquire" differs`
	return 0;
}
// end example

extern int bpf_wq_set_callback___full(struct bpf_wq *wq, void *cb, __u32 flags, struct bpf_prog_aux *aux) __ksym __weak;
extern int bpf_wq_set_callback(struct bpf_wq *wq, void *cb, __u32 flags) __ksym __weak;

// Implicit arguments: no declaration fits both kernels.
SEC("raw_tp/sched_switch")
int implicit(void *ctx)
{
	if (bpf_ksym_exists(bpf_wq_set_callback___full))
		return bpf_wq_set_callback___full(ctx, ctx, 0, NULL); // want[modern,libbpf] `warning: kfunc "bpf_wq_set_callback___full" differs in modern: 4 arguments in the object, 3 in the kernel`
	if (bpf_ksym_exists(bpf_wq_set_callback))
		return bpf_wq_set_callback(ctx, ctx, 0); // want[untagged,libbpf] `warning: kfunc "bpf_wq_set_callback" differs in untagged: 3 arguments in the object, 4 in the kernel` want[untagged,cilium] `error: kfunc "bpf_wq_set_callback" differs`
	return 0;
}

extern struct task_struct *bpf_task_acquire___void(void *p) __ksym __weak;

SEC("raw_tp/sched_switch")
int straight(void *ctx)
{
	return !bpf_task_acquire___void(ctx); // want[libbpf] `error: kfunc "bpf_task_acquire___void" differs in [a-z]+: argument 1: "void \*" in the object, "struct task_struct \*" in the kernel, and is called on every path`
}

extern struct task_struct *bpf_task_acquire___good(struct task_struct *task) __ksym __weak;

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_task_acquire___good ? !bpf_task_acquire___good(ctx) : 0;
}
