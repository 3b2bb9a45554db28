// kernels: contexts
#include "rule.h"

struct task_struct; struct sock;
struct sched_ext_ops {
	void (*enqueue)(struct task_struct *p, __u64 enq_flags); void (*update_idle)(__s32 cpu, bool idle);
	__u32 dispatch_max_batch; __u64 flags; __u32 timeout_ms; char name[16];
};
struct tcp_congestion_ops { __u32 (*ssthresh)(struct sock *sk); __u32 flags; char name[16]; };
struct hid_bpf_ops { int hid_id; __u32 flags; };
struct smc_hs_ctrl { char name[16]; int flags; };

SEC("struct_ops")
void callback(void *ctx)
{
}

// example
SEC(".struct_ops.link")
struct sched_ext_ops slow = { .name = "slow", .timeout_ms = 60000 };
// want struct_ops map slow: `error: member "timeout_ms" of struct_ops map "slow" is 60000, at most 30000`
// end example

SEC(".struct_ops.link")
struct sched_ext_ops batch = { .name = "batch", .dispatch_max_batch = 0x80000000, .flags = 0x100 };
// want struct_ops map batch: `error: member "dispatch_max_batch" of struct_ops map "batch" is 2147483648, at most 2147483647` `error: member "flags" of struct_ops map "batch" is 0x100, of which 0x100 is unknown to contexts`

SEC(".struct_ops.link")
struct sched_ext_ops last = { .name = "last", .flags = 2 };
// want struct_ops map last: `error: struct_ops map "last" needs callback enqueue for SCX_OPS_ENQ_LAST`

SEC("struct_ops")
void update_idle(void *ctx)
{
}

SEC(".struct_ops.link")
struct sched_ext_ops node = { .name = "node", .flags = 64, .update_idle = (void *)update_idle };
// want struct_ops map node: `error: struct_ops map "node" needs SCX_OPS_KEEP_BUILTIN_IDLE for SCX_OPS_BUILTIN_IDLE_PER_NODE and update_idle`

SEC(".struct_ops.link")
struct tcp_congestion_ops newer = { .name = "newer", .flags = 4 };
// want struct_ops map newer: `warning: member "flags" of struct_ops map "newer" is 0x4, of which 0x4 may be unknown to contexts, by its version`

SEC(".struct_ops.link")
struct hid_bpf_ops hid = { .flags = 9 };
// want struct_ops map hid: `error: member "flags" of struct_ops map "hid" is 0x9, of which 0x1 is unknown to contexts`

SEC(".struct_ops.link")
struct sched_ext_ops clean = { .name = "clean", .flags = 2, .timeout_ms = 30000, .dispatch_max_batch = 32, .enqueue = (void *)callback };

SEC(".struct_ops.link")
struct tcp_congestion_ops clean_tcp = { .name = "clean", .flags = 3 };

SEC(".struct_ops.link")
struct smc_hs_ctrl clean_smc = { .name = "clean", .flags = 1 };
