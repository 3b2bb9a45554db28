// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

static int each(__u32 i, void *ctx)
{
	return 0;
}

// example
SEC("tc")
int dead_or_not(void *ctx)
{
	if (bpf_ktime_get_ns() > 1)
		return bpf_loop(10, each, NULL, 0); // want[ancient] `error: callback "each": functions have no addresses in ancient`
	return 0;
}
// end example

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
