/* The form of struct_ops that cilium/ebpf 0.22 opens. */
#include "rule.h"

struct toy_ops {
	int (*first)(void);
	int (*second)(void);
	int flags;
};

SEC("struct_ops/first")
int first(void *ctx)
{
	return 0;
}

SEC("struct_ops/second")
int unused(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct toy_ops toy = {
	.first = (void *)first,
	.flags = 7,
};
