// kernels: contexts
#include "rule.h"

struct task_struct; struct sk_buff { unsigned int len; void *head; };
struct sched_ext_ops { void (*tick)(struct task_struct *p); __s32 (*init)(void); char name[16]; };
struct Qdisc_ops { int (*enqueue)(struct sk_buff *skb, int *sch, int *to_free); struct sk_buff *(*dequeue)(int *sch); char id[16]; };

extern int scx_bpf_create_dsq(__u64 id, __s32 node) __ksym;
extern __u64 scx_bpf_now(void) __ksym;
extern void bpf_qdisc_skb_drop(struct sk_buff *skb, int *to_free) __ksym;

// example
SEC("struct_ops")
int tick(void *ctx)
{
	return scx_bpf_create_dsq(1, -1); // want `error: kfunc "scx_bpf_create_dsq" is refused to programs of "sched_ext_ops.tick" in contexts`
}
// end example

SEC("struct_ops")
int init(void *ctx)
{
	return scx_bpf_create_dsq(1, -1) + scx_bpf_now();
}

SEC(".struct_ops.link")
struct sched_ext_ops scx = { .tick = (void *)tick, .init = (void *)init, .name = "scx" };

SEC("struct_ops")
int enqueue(void *ctx)
{
	bpf_qdisc_skb_drop(ctx, ctx);
	return scx_bpf_now(); // want `error: kfunc "scx_bpf_now" is refused to programs of struct "Qdisc_ops" in contexts`
}

SEC("struct_ops")
int dequeue(void *ctx)
{
	bpf_qdisc_skb_drop(ctx, ctx); // want `error: kfunc "bpf_qdisc_skb_drop" is refused to programs of "Qdisc_ops.dequeue" in contexts`
	return 0;
}

SEC(".struct_ops.link")
struct Qdisc_ops qdisc = { .enqueue = (void *)enqueue, .dequeue = (void *)dequeue, .id = "qdisc" };
