// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); int (*stop)(void); void *data; };

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

// example
SEC(".struct_ops.link")
struct hook_ops hooks = {
	.run = (void *)run,
	.data = (void *)1, // want[libbpf] struct_ops map hooks: `error: pointer "data" of struct "hook_ops" is neither NULL nor a program` want[cilium] struct_ops map hooks: `warning: pointer "data" of struct "hook_ops" is not NULL, but left NULL in the kernel by cilium`
};
// end example

SEC(".struct_ops.link")
struct hook_ops clean = { .run = (void *)run, .data = NULL };
