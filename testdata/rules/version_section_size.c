// loaders: libbpf cilium
#include "rule.h"

// example
unsigned short kernel_version SEC("version") = 1; // want section version: `error: section "version" holds 2 bytes, a kernel version has 4`
// end example

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
