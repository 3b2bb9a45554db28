// kernels: ops
// modules: unknown
#include "rule.h"

struct bpf_testmod_ops { int (*test_1)(void); };
struct other_ops { int (*run)(void); };
struct hook_ops { int (*run)(int cpu); };

SEC(".struct_ops.link")
struct bpf_testmod_ops module = {}; // want struct_ops map module: `warning: struct_ops type "bpf_testmod_ops" of map "\w+" not found in vmlinux of ops, it lives in module "bpf_testmod"`

SEC(".struct_ops.link")
struct other_ops other = {}; // want struct_ops map other: `warning: struct_ops type "other_ops" of map "\w+" not found in vmlinux of ops$`

SEC("struct_ops")
int clean(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)clean };
