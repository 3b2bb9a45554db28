// kernels: ops
// loaders: libbpf cilium
// The first text of the section is the license that counts.
__attribute__((section("license"), used)) char first_text[] = "Proprietary";
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };

// example
SEC("struct_ops")
int run(void *ctx)
{
	return 0; // want `error: struct_ops program "run" has license "Proprietary", which is not GPL compatible`
}

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run };
// end example

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
