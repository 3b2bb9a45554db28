/* For the tests of the load-time gate: programs that read a field which no kernel
 * has, behind a guard, behind a variable that user space sets, and in the open.
 */
#include "rule.h"

struct task_struct {
	int pid;
	int btflint_missing;
} __core;

const volatile bool enabled;

SEC("raw_tp/sched_switch")
int guarded(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bpf_core_field_exists(task->btflint_missing))
		return BPF_CORE_READ(task, btflint_missing);
	return BPF_CORE_READ(task, pid);
}

SEC("raw_tp/sched_switch")
int optional(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (enabled)
		return BPF_CORE_READ(task, btflint_missing);
	return 0;
}

SEC("raw_tp/sched_switch")
int open(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, btflint_missing);
}
