// kernels: recent ancient
// loaders: libbpf cilium
// cflags: -Wno-c23-extensions
#include "rule.h"

// example
SEC("socket") __attribute__((naked))
int unnamed(void *)
{
	asm volatile("r0 = 0; exit;"); // want[libbpf] `warning: BTF of function "unnamed" is refused in (recent|ancient): a parameter has no name; loaded without BTF` want[cilium] `error: BTF of function "unnamed" is refused in (recent|ancient): a parameter has no name`
}
// end example

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
