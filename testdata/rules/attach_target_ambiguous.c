// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("fentry/cleanup")
int which(void *ctx)
{
	return 0; // want[cilium] `error: function "cleanup" is in the BTF of recent more than once: cilium does not choose`
}
// end example

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
