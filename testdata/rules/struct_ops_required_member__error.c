// kernels: contexts
// loaders: libbpf cilium
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
void reset(void *ctx)
{
}

// example
SEC(".struct_ops.link")
struct Qdisc_ops qdisc = {
	.enqueue = (void *)run, .dequeue = (void *)dequeue, .init = (void *)init, .reset = (void *)reset, .id = "mine",
};
// want struct_ops map qdisc: `error: struct_ops map "qdisc" has no callback "destroy", which struct "Qdisc_ops" needs`
// end example
