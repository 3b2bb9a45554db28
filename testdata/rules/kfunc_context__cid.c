// kernels: schedulers
#include "rule.h"

struct task_struct { int pid; };
struct sched_ext_ops { void (*enqueue)(struct task_struct *p, __u64 enq_flags); };
struct sched_ext_ops_cid { void (*enqueue)(struct task_struct *p, __u64 enq_flags); };

extern __s32 scx_bpf_cpu_node(__s32 cpu) __ksym;

// example
SEC("struct_ops")
int by_cid(void *ctx)
{
	return scx_bpf_cpu_node(0); // want `error: kfunc "scx_bpf_cpu_node" is refused to programs of struct "sched_ext_ops_cid" in schedulers`
}
// end example

SEC("struct_ops")
int by_cpu(void *ctx)
{
	return scx_bpf_cpu_node(0);
}

SEC(".struct_ops.link")
struct sched_ext_ops_cid cids = { .enqueue = (void *)by_cid };

SEC(".struct_ops.link")
struct sched_ext_ops cpus = { .enqueue = (void *)by_cpu };
