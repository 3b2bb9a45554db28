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
	bpf_task_release(ctx); // want `error: kfunc "bpf_task_release" differs in [a-z]+: argument 1 is "struct task_struct \*", not "struct unknown_task \*" \(FWD\)`
	return 0;
}

SEC("raw_tp/sched_switch")
int weak(void *ctx)
{
	if (bpf_ksym_exists(bpf_task_acquire))
		return !bpf_task_acquire(ctx, 0); // want[libbpf] `note: kfunc "bpf_task_acquire" differs in [a-z]+: 1 argument, not 2; never reached` want[cilium] `error: kfunc "bpf_task_acquire" differs`
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
		return bpf_wq_set_callback___full(ctx, ctx, 0, NULL); // want[modern,libbpf] `note: kfunc "bpf_wq_set_callback___full" differs in modern: 3 arguments, not 4; never reached`
	if (bpf_ksym_exists(bpf_wq_set_callback))
		return bpf_wq_set_callback(ctx, ctx, 0); // want[untagged,libbpf] `note: kfunc "bpf_wq_set_callback" differs in untagged: 4 arguments, not 3; never reached` want[untagged,cilium] `error: kfunc "bpf_wq_set_callback" differs`
	return 0;
}

extern struct task_struct *bpf_task_acquire___void(void *p) __ksym __weak;

SEC("raw_tp/sched_switch")
int straight(void *ctx)
{
	return !bpf_task_acquire___void(ctx); // want[libbpf] `error: kfunc "bpf_task_acquire___void" differs in [a-z]+: argument 1 is "struct task_struct \*", not "void \*"$`
}

extern void bpf_task_release___two(struct task_struct *p, int flags) __ksym __weak;

// No other declaration of it fits: the author will miss it.
SEC("raw_tp/sched_switch")
int silent(void *ctx)
{
	if (bpf_ksym_exists(bpf_task_release___two))
		bpf_task_release___two(ctx, 2); // want[libbpf] `warning: kfunc "bpf_task_release___two" differs in [a-z]+: 1 argument, not 2; never reached`
	return 0;
}

extern struct task_struct *bpf_task_acquire___good(struct task_struct *task) __ksym __weak;

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_task_acquire___good ? !bpf_task_acquire___good(ctx) : 0;
}
