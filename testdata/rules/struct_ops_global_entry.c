// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };

// example
__noinline int callee(__u64 *ctx)
{
	return ctx[0] != 0;
}

SEC("struct_ops")
int run(__u64 *ctx)
{
	return callee(ctx); // want `note: program "run" may be global, but its callee "callee" is verified alone`
}

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run };
// end example

static __noinline int local(__u64 *ctx)
{
	return ctx[0] != 0;
}

SEC("struct_ops")
int clean(__u64 *ctx)
{
	return local(ctx);
}
