// CO-RE relocations, which are left to the kernel, in a program and in a function that it calls.
#include "rule.h"

struct task_struct { int pid; int tgid; struct task_struct *parent; } __core;
struct task_struct___gone { long no_such_member; } __core;

static __noinline int parent_of(struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, parent);

	return BPF_CORE_READ(parent, tgid);
}

SEC("raw_tp/sched_switch")
int reads(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bpf_core_field_exists(((struct task_struct___gone *)task)->no_such_member))
		return BPF_CORE_READ((struct task_struct___gone *)task, no_such_member);
	return BPF_CORE_READ(task, pid) + parent_of(task);
}
