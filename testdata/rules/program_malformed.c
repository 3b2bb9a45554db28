// loaders: libbpf cilium
#include "rule.h"

// example
SEC("xdp")
static int local(void *ctx)
{
	return 2; // want[libbpf] `error: function "local" is static and in section "xdp"`
}
// end example

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
