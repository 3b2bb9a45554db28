// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); int (*stop)(void); };

SEC("struct_ops")
int run_a(void *ctx)
{
	return 0; // want[cilium] `warning: member "run" of struct_ops map "a" may get program "run_b" of map "b"`
}

SEC("struct_ops")
int run_b(void *ctx)
{
	return 0; // want[cilium] `warning: member "run" of struct_ops map "b" may get program "run_a" of map "a"`
}

SEC("struct_ops")
int stop(void *ctx)
{
	return 0;
}

// One program for one member of two maps is what both loaders allow.
SEC(".struct_ops.link")
struct hook_ops a = { .run = (void *)run_a, .stop = (void *)stop };

SEC(".struct_ops.link")
struct hook_ops b = { .run = (void *)run_b, .stop = (void *)stop };

SEC(".struct_ops.link")
struct hook_ops c = { .stop = (void *)stop };
// want[cilium] struct_ops map c: `warning: member "run" of struct_ops map "c" may get program "run_a" of map "a"`
