// kernels: contexts
// loaders: cilium
// A program of two members goes into the later one: the other has none.
#include "rule.h"

struct sk_buff;
struct Qdisc_ops {
	int (*enqueue)(struct sk_buff *skb, int *sch, int *to_free); struct sk_buff *(*dequeue)(int *sch); int (*init)(int *sch);
	void (*reset)(int *sch); void (*destroy)(int *sch); char id[16];
};

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC("struct_ops")
void *dequeue(void *ctx)
{
	return NULL;
}

SEC("struct_ops")
int init(void *ctx)
{
	return 0;
}

SEC("struct_ops")
void shared(void *ctx)
{
}

SEC(".struct_ops.link")
struct Qdisc_ops qdisc = {
	.enqueue = (void *)run, .dequeue = (void *)dequeue, .init = (void *)init, .reset = (void *)shared, .destroy = (void *)shared, .id = "mine",
};
// want struct_ops map qdisc: `error: struct_ops map "qdisc" has no callback "reset", which struct "Qdisc_ops" needs`
