// kernels: ops ops_old
// loaders: libbpf cilium
#include "rule.h"

struct sock;
struct tcp_congestion_ops { __u32 (*ssthresh)(struct sock *sk); };
struct late_ops { int (*run)(int cpu); };

SEC("struct_ops")
int ssthresh(void *ctx)
{
	return 0;
}

// example
SEC(".struct_ops.link")
struct tcp_congestion_ops linked = { .ssthresh = (void *)ssthresh }; // want[ops_old] struct_ops map linked: `error: struct_ops map "linked" needs a link, a feature unknown to ops_old`
// end example

SEC(".struct_ops")
struct tcp_congestion_ops clean = { .ssthresh = (void *)ssthresh };

SEC(".struct_ops")
struct late_ops late = {}; // want[ops_old,libbpf] struct_ops map late: `error: struct_ops map "late" is of a type of module "late", a feature unknown to ops_old`
