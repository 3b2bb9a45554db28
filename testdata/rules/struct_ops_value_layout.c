// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct link { __u32 id; };
struct bare_ops { int (*run)(void); };
struct hook_ops { int (*run)(int cpu); };

// example
SEC(".struct_ops.link")
struct link unrelated = {}; // want struct_ops map unrelated: `error: struct "bpf_struct_ops_link" has no member of type "link" in ops`
// end example

SEC(".struct_ops.link")
struct bare_ops bare = {}; // want struct_ops map bare: `error: struct "bpf_struct_ops_bare_ops" is not laid out as a struct_ops value type in ops`

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct hook_ops clean = { .run = (void *)run };
