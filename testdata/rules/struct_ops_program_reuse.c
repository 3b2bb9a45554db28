// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct sock;
struct tcp_congestion_ops { __u32 (*ssthresh)(struct sock *sk); void (*init)(struct sock *sk); void (*release)(struct sock *sk); };
struct hook_ops { int (*run)(int cpu); int (*stop)(void); };

// example
SEC("struct_ops")
int hook(void *ctx)
{
	return 0; // want[libbpf] `error: program "hook" serves member "release" and member "init" of map "tcp"` want[cilium] `warning: program "hook" goes into "release" of map "tcp" only: "init" stays NULL`
}

SEC("struct_ops")
int both(void *ctx)
{
	return 0; // want[libbpf] `error: program "both" serves "hook_ops" and, in map "tcp", type "tcp_congestion_ops"` want[cilium] `warning: program "both" goes into "run" of map "hooks" only: "ssthresh" stays NULL`
}

SEC(".struct_ops.link")
struct tcp_congestion_ops tcp = { .ssthresh = (void *)both, .init = (void *)hook, .release = (void *)hook };

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)both };
// end example

SEC("struct_ops")
int clean(void *ctx)
{
	return 0;
}
