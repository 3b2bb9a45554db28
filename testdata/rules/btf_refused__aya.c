// kernels: ancient recent
// loaders: libbpf cilium aya
// cflags: -Wno-c23-extensions
// aya names parameters, and fills DATASECs without variables.
#include "rule.h"

SEC("socket")
int unnamed(void *)
{
	return 0; // want[libbpf] `warning: BTF of function "unnamed" is refused in .*: a parameter has no name; loaded without BTF` want[cilium] `error: BTF of function "unnamed" is refused in .*: a parameter has no name`
}

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
