// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct pair { __u64 first; __u64 second; };
struct hook_ops { int (*run)(int cpu); struct pair limits; };

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct hook_ops inside = { .limits.second = (__u64)run };
// want[libbpf] struct_ops map inside: `error: offset 16 bytes of variable "inside" is the start of no member, yet it is set to "run"`
// want[cilium] struct_ops map inside: `warning: offset 16 bytes of variable "inside" is the start of no member`

// A word that no variable covers.
asm(".section .struct_ops.link,\"aw\",@progbits; .quad run; .text");
// want[libbpf] section .struct_ops.link: `error: relocation at offset \d+ bytes of section "\.struct_ops\.link" lies in no variable`
// want[cilium] section .struct_ops.link: `warning: relocation at offset \d+ bytes of section "\.struct_ops\.link" lies in no variable`

SEC(".struct_ops.link")
struct hook_ops clean = { .run = (void *)run };
