// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); int (*stop)(void); };

// example
SEC("?struct_ops")
int run(void *ctx)
{
	return 0; // want[libbpf] `warning: program "run" is loaded in spite of "\?struct_ops": struct_ops map "hooks" refers to it`
}

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run };

SEC("struct_ops")
int stop(void *ctx)
{
	return 0; // want[libbpf] `note: program "stop" is not loaded by default: no struct_ops map that refers to it is created`
}

SEC("?.struct_ops.link")
struct hook_ops optional = { .stop = (void *)stop };
// end example

SEC("struct_ops")
int clean(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct hook_ops third = { .stop = (void *)clean };
