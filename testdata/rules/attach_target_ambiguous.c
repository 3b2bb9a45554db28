// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("fentry/cleanup")
int which(void *ctx)
{
	return 0; // want[cilium] `error: function "cleanup" is ambiguous for cilium: BTF of recent has it more than once`
}
// end example

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
