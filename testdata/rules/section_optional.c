// loaders: libbpf cilium
#include "rule.h"

// example
SEC("?xdp")
int optional(void *ctx)
{
	return 2; // want[cilium] `warning: program "optional" is optional, and loaded by cilium all the same`
}
// end example

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
