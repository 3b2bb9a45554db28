// targets: bpfel bpfeb
/* CO-RE records of several kinds, and lines with and without a record. */
#include "rule.h"

struct cred {
	int uid;
} __core;

struct task_struct {
	int pid;
	struct cred *cred;
	char comm[16];
} __core;

enum colour {
	RED = 1,
	GREEN = 2,
};

static __noinline int in_text(struct task_struct *task)
{
	return BPF_CORE_READ(task, pid);
}

SEC("raw_tp/sched_switch")
int reads_fields(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (!bpf_core_field_exists(task->pid))
		return bpf_core_type_size(struct cred);
	return BPF_CORE_READ(task, comm[2]) + in_text(task) +
	       bpf_core_enum_value(enum colour, GREEN);
}

SEC("raw_tp/sched_switch")
int reads_pointer(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->cred->uid;
}
