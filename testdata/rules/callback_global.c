// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

__hidden int each_hidden(__u32 i, void *ctx);

int each(__u32 i, void *ctx)
{
	return 0;
}

// example
SEC("tc")
int global(void *ctx)
{
	return bpf_loop(10, each, NULL, 0); // want `error: callback "each" is a global function, the kernel takes static ones only$`
}

SEC("tc")
int perhaps(void *ctx)
{
	if (bpf_ktime_get_ns() > 1)
		return bpf_loop(10, each, NULL, 0); // want `error: callback "each" is a global function, the kernel takes static ones only$`
	return 0;
}
// end example

SEC("tc")
int hidden(void *ctx)
{
	return bpf_loop(10, each_hidden, NULL, 0); // want[cilium] `error: callback "each_hidden"`
}

int each_hidden(__u32 i, void *ctx)
{
	return 1;
}

static int local(__u32 i, void *ctx)
{
	return 0;
}

SEC("tc")
int clean(void *ctx)
{
	return bpf_loop(10, local, NULL, 0);
}
