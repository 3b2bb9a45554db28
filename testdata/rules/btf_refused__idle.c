// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

struct table { __u64 entry[16]; };

SEC("tc")
int never_reads(void *ctx)
{
	struct table t = { { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 } };

	asm volatile("" : "+m"(t));
	return t.entry[1];
}
// want[ancient,libbpf] map .rodata: `warning: section ".rodata" has no variables: its BTF is refused in ancient, libbpf loads the object without`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
