// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

// Sections of the right name that hold no bytes, or code.
asm(".section .struct_ops.link,\"aw\",@nobits; .zero 8; .section ?.struct_ops,\"ax\",@progbits; .zero 8; .text");
// want section .struct_ops.link: `warning: section "\.struct_ops\.link" has no bytes in the object and is dropped`
// want[libbpf] section ?.struct_ops: `warning: section "\?\.struct_ops" is executable and is dropped`
// want[cilium] section ?.struct_ops: `warning: section "\?\.struct_ops" is dropped`

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
