// kernels: recent ancient
// loaders: libbpf cilium
// cflags: -Wno-c23-extensions
#include "rule.h"

// example
SEC("socket") __attribute__((naked))
int unnamed(void *)
{
	asm volatile("r0 = 0; exit;"); // want[libbpf] `warning: function "unnamed" has a parameter without a name: its BTF is refused in (recent|ancient), libbpf loads the object without` want[cilium] `error: function "unnamed" has a parameter without a name: its BTF is refused in (recent|ancient)`
}
// end example

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
