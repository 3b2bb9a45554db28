// kernels: riscv schedulers
#include "rule.h"

struct task_struct;
struct sched_ext_ops {
	void (*enqueue)(struct task_struct *p, __u64 enq_flags); void (*dispatch)(__s32 cpu, struct task_struct *prev); char name[16];
};
struct sched_ext_ops___old {
	void (*enqueue)(struct task_struct *p, __u64 enq_flags); char name[16];
};

SEC("struct_ops")
void clean(void *ctx)
{
}

SEC("?struct_ops")
void dispatch(void *ctx)
{
} // want[riscv] `warning: member "dispatch" of struct "sched_ext_ops" may take no program in riscv: its private stack is not known of riscv64`

SEC(".struct_ops.link")
struct sched_ext_ops___old older = { .enqueue = (void *)clean, .name = "older" };

SEC("?.struct_ops.link")
struct sched_ext_ops below = { .enqueue = (void *)clean, .dispatch = (void *)dispatch, .name = "below" };
