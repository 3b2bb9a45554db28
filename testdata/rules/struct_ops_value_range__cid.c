// kernels: schedulers
#include "rule.h"

struct task_struct; struct sock;
struct sched_ext_ops { void (*enqueue)(struct task_struct *p, __u64 enq_flags); __s32 (*sub_attach)(void *args); char name[16]; };
struct sched_ext_ops_cid { void (*enqueue)(struct task_struct *p, __u64 enq_flags); __s32 (*sub_attach)(void *args); char name[16]; };
struct tcp_congestion_ops { __u32 (*ssthresh)(struct sock *sk); __u32 flags; char name[16]; };

struct {
	__uint(type, MAP_ARENA);
	__uint(map_flags, 1 << 10);
	__uint(max_entries, 1);
} arena SEC(".maps");

SEC("struct_ops")
void with_arena(void *ctx)
{
	bpf_map_lookup_elem(&arena, ctx);
}

SEC("struct_ops")
int sub_attach(void *ctx)
{
	return 0;
}

SEC("struct_ops")
int parent(void *ctx)
{
	return 1;
}

// example
SEC(".struct_ops.link")
struct sched_ext_ops by_cpu = { .sub_attach = (void *)parent, .name = "by_cpu" };
// want struct_ops map by_cpu: `error: member "sub_attach" of struct_ops map "by_cpu" is for struct sched_ext_ops_cid only`
// end example

SEC(".struct_ops.link")
struct sched_ext_ops_cid bare = { .sub_attach = (void *)sub_attach, .name = "bare" };
// want struct_ops map bare: `error: struct_ops map "bare" needs a program that uses an arena, for struct sched_ext_ops_cid`

SEC(".struct_ops.link")
struct sched_ext_ops_cid clean = { .enqueue = (void *)with_arena, .sub_attach = (void *)sub_attach, .name = "clean" };

// 7.2 has types of maps that 6.12 lacks.
SEC(".struct_ops.link")
struct tcp_congestion_ops clean_tcp = { .flags = 0x1f, .name = "clean" };
