// kfuncs: strong and weak, called twice, one that no kernel has, in a function that two programs link.
#include "rule.h"

struct task_struct { int pid; };
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern int bpf_no_such_kfunc(void) __ksym __weak;

static __noinline int holds(__s32 pid)
{
	struct task_struct *p = bpf_task_from_pid(pid);

	if (!p)
		return 0;
	bpf_task_release(p);
	return 1;
}

SEC("tp_btf/task_newtask")
int acquires(__u64 *ctx)
{
	struct task_struct *p = bpf_task_acquire((void *)ctx[0]);

	if (p)
		bpf_task_release(p);
	if (bpf_ksym_exists(bpf_no_such_kfunc))
		return bpf_no_such_kfunc();
	return holds(1);
}

SEC("syscall")
int searches(void *ctx)
{
	return holds(1) + holds(2);
}
