// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct sock;
struct tcp_congestion_ops { __u32 (*ssthresh)(struct sock *sk); char name[16]; __u32 key; __u32 flags; __u32 newer; };

SEC("struct_ops")
int ssthresh(void *ctx)
{
	return 0;
}

// example
SEC(".struct_ops.link")
struct tcp_congestion_ops mine = {
	.ssthresh = (void *)ssthresh,
	.name = "mine",
	.key = 7, // want struct_ops map mine: `error: member "key" of struct "tcp_congestion_ops" must be zero`
};
// end example

SEC(".struct_ops.link")
struct tcp_congestion_ops late = {
	.ssthresh = (void *)ssthresh,
	.newer = 1, // want struct_ops map late: `warning: member "newer" of struct "tcp_congestion_ops" may have to be zero`
};

SEC(".struct_ops.link")
struct tcp_congestion_ops clean = { .ssthresh = (void *)ssthresh, .name = "clean", .flags = 1 };
