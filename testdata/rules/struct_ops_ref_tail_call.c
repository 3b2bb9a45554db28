// kernels: contexts ops
#include "rule.h"

struct sk_buff;
struct Qdisc_ops { int (*enqueue)(struct sk_buff *skb, int *sch, int *to_free); struct sk_buff *(*dequeue)(int *sch); char id[16]; };
struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

static __noinline int jump(void *ctx)
{
	bpf_tail_call(ctx, &programs, 0); // want[contexts] `error: callback "enqueue" of struct "Qdisc_ops" owns argument "skb" in contexts, and makes a tail call`
	return 0;
}

// example
SEC("struct_ops")
int enqueue(void *ctx)
{
	return jump(ctx);
}
// end example

SEC("struct_ops")
int dequeue(void *ctx)
{
	return jump(ctx);
}

SEC(".struct_ops")
struct Qdisc_ops mine = { .enqueue = (void *)enqueue, .dequeue = (void *)dequeue, .id = "mine" };

SEC("struct_ops")
int clean(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct Qdisc_ops other = { .enqueue = (void *)clean, .id = "other" };
