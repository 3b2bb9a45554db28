// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

struct table { __u64 entry[16]; };

SEC("tc")
int copies(void *ctx)
{
	const struct table t = { { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 } };

	return t.entry[bpf_get_smp_processor_id() & 15];
}
// want[ancient,libbpf] map .rodata: `warning: section ".rodata" has no variables: its BTF is refused in ancient, libbpf loads the object without`
// want[ancient,cilium] map .rodata: `error: section ".rodata" has no variables: its BTF is refused in ancient`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
