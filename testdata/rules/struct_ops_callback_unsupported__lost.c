// kernels: ops
// loaders: cilium
// A program of two members goes into the later one, and the kernel does not see it in the other.
#include "rule.h"

struct sock;
struct tcp_congestion_ops { int (*get_info)(struct sock *sk); void (*release)(struct sock *sk); };

SEC("struct_ops")
int shared(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops tcp = { .get_info = (void *)shared, .release = (void *)shared };
