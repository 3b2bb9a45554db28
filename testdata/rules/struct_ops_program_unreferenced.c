// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); int (*stop)(void); };

// example
SEC("struct_ops")
int forgotten(void *ctx)
{
	return 0; // want `error: struct_ops program "forgotten" is not referenced by any struct_ops map`
}

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run };
// end example

SEC("struct_ops")
int stop(void *ctx)
{
	return 0; // want[cilium] `error: struct_ops program "stop" is referenced only by maps that are dropped by cilium`
}

SEC("?.struct_ops.link")
struct hook_ops optional = { .stop = (void *)stop };
