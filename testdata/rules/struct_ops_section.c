// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };

// example
SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct hook_ops plain = { .run = (void *)run }; // want[cilium] section .struct_ops: `error: section "\.struct_ops" is not supported by cilium`

SEC("?.struct_ops.link")
struct hook_ops optional = { .run = (void *)run }; // want[cilium] section ?.struct_ops.link: `warning: section "\?\.struct_ops\.link" is dropped by cilium`

SEC(".struct_ops_link")
struct hook_ops misspelt = { .run = (void *)run }; // want section .struct_ops_link: `warning: section "\.struct_ops_link" is no struct_ops section and is dropped`
// end example

// The form that both loaders know.
SEC(".struct_ops.link")
struct hook_ops linked = { .run = (void *)run };
