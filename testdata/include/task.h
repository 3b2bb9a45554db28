/* A header with comments for btflint, which several objects may include. */
struct task_struct {
	int pid;
	int btflint_missing;
	int btflint_second;
} __core;

static __always_inline int missing(struct task_struct *task)
{
	return BPF_CORE_READ(task, btflint_missing); /* btflint: ignore=core-field-missing callers know the kernel */
}

static __always_inline int pid(struct task_struct *task)
{
	return BPF_CORE_READ(task, pid); /* btflint: ignore=core-field-missing nothing needs it */
}
