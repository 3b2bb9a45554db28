// kernels: inlined
// A kernel with a stub for get_info takes it.
#include "rule.h"

struct sock;
struct tcp_congestion_ops { __u32 (*ssthresh)(struct sock *sk); int (*get_info)(struct sock *sk); };

SEC("struct_ops")
int clean(void *ctx)
{
	return 0;
}

SEC("struct_ops")
int get_info(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops tcp = { .ssthresh = (void *)clean, .get_info = (void *)get_info };
