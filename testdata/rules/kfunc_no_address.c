// kernels: modern untagged
// loaders: libbpf cilium
#include "rule.h"

struct task_struct { int pid; };

// example
extern int finish_task_switch(int prev) __ksym __weak;
extern void bpf_task_release(struct task_struct *p) __ksym;

SEC("raw_tp/sched_switch")
int inlined(void *ctx)
{
	if (ctx)
		return 0;
	return finish_task_switch(1); // want[modern] `error: kfunc "finish_task_switch" has no address in modern: BTF lists it, kallsyms does not`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	bpf_task_release(ctx);
	return 0;
}
