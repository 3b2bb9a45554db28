// kernels: insns_first insns_v3 insns_untold ancient
// loaders: libbpf aya
#include "rule.h"

SEC("tc")
int compares(void *ctx)
{
	int now = bpf_ktime_get_ns();

	if (now > 3) // want[insns_first] `error: instruction "if w\d s. \d+ goto [+-]\d+" not found in insns_first: 32-bit jump, since 5\.1$`
		return now & 7;
	return 0;
}

SEC("tc")
int clean(void *ctx)
{
	return bpf_ktime_get_ns() > 1ull << 33;
}
