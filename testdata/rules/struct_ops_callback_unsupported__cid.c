// kernels: schedulers
#include "rule.h"

struct task_struct;
struct sched_ext_ops_cid {
	void (*enqueue)(struct task_struct *p, __u64 enq_flags); void (*cid_online)(__s32 cid); __s32 (*cpuctl_init)(void *css);
	void (*set_cmask)(struct task_struct *p);
};

SEC("struct_ops")
void enqueue(void *ctx)
{
}

SEC("struct_ops.s")
void cid_online(void *ctx)
{
}

// example
SEC("struct_ops.s")
int cpuctl_init(void *ctx)
{
	return 0; // want `error: member "cpuctl_init" of struct "sched_ext_ops_cid" takes no program in schedulers`
}

SEC("struct_ops.s")
void set_cmask(void *ctx)
{
} // want `error: member "set_cmask" of struct "sched_ext_ops_cid" takes no sleepable program in schedulers`
// end example

SEC(".struct_ops.link")
struct sched_ext_ops_cid scheduler = {
	.enqueue = (void *)enqueue, .cid_online = (void *)cid_online, .cpuctl_init = (void *)cpuctl_init, .set_cmask = (void *)set_cmask,
};
