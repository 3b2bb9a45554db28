// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

// example
SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run };

// An object with struct_ops maps needs BTF that the kernel accepts.
int none[0] SEC(".data.none"); // want variable none: `error: variable "none" of section "\.data\.none" has no bytes`
int pad SEC(".data.none") = 1;
// end example

// A symbol without a VAR, a section without a DATASEC.
asm(".section .struct_ops.link,\"aw\",@progbits; .type stray,@object; stray: .quad 0; .size stray, 8; .text");
// want variable stray: `warning: variable "stray" of section "\.struct_ops\.link" has no VAR in BTF`
asm(".section .struct_ops,\"aw\",@progbits; .quad 0; .text");
// want[libbpf] section .struct_ops: `error: section "\.struct_ops" has no DATASEC in the object's BTF`
