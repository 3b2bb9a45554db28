// Comments that suppress findings: the lines and statements that they are about.
#include "rule.h"
#include "task.h"

SEC("raw_tp/sched_switch")
int on_the_line(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, btflint_missing); /* btflint: ignore=core-field-missing loaded on new kernels only */
}

SEC("raw_tp/sched_switch")
int above(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	// btflint: ignore=core-field-missing loaded on new kernels only
	return BPF_CORE_READ(task, btflint_missing);
}

SEC("raw_tp/sched_switch")
int over_lines(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task,
			     btflint_missing); /* btflint: ignore=CR-05 by the name of the catalogue */
}

SEC("raw_tp/sched_switch")
int in_header(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return missing(task) + pid(task);
}

SEC("raw_tp/sched_switch")
int no_reason(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, btflint_missing); /* btflint: ignore=core-field-missing */
}

SEC("raw_tp/sched_switch")
int no_rule(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, btflint_second); /* btflint: ignore=core-field-mising misspelt */
}

SEC("raw_tp/sched_switch")
int needless(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, pid); /* btflint: ignore=core-field-missing it was once */
}
