// kernels: recent
// loaders: libbpf aya
// aya makes no function static for being hidden.
#include "rule.h"

__hidden int each(__u32 i, void *ctx)
{
	return 0;
}

SEC("socket")
int hidden(void *ctx)
{
	return bpf_loop(10, each, NULL, 0); // want[aya] `error: callback "each" is a global function, the kernel takes static ones only`
}

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
