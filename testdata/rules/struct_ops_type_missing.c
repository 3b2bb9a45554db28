// kernels: ops ops_old
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };
struct hook_ops___v2 { int (*run)(int cpu); };
struct bpf_testmod_ops { int (*test_1)(void); };
struct desc { __u32 id; };

// example
SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run }; // want[ops_old] struct_ops map hooks: `error: struct_ops type "hook_ops" of map "\w+" not found in ops_old`
// end example

SEC("struct_ops")
int run_v2(void *ctx)
{
	return 0;
}

// libbpf takes the flavor for the type.
SEC(".struct_ops.link")
struct hook_ops___v2 flavor = { .run = (void *)run_v2 };
// want[ops_old,libbpf] struct_ops map flavor: `error: struct_ops type "hook_ops" of map "\w+" not found in ops_old`
// want[cilium] struct_ops map flavor: `error: struct_ops type "hook_ops___v2" of map "\w+" not found in ops.*: cilium does not take "___v2" for a flavor of "hook_ops"`

// In no vmlinux, and the toy kernels have no such module.
SEC(".struct_ops.link")
struct bpf_testmod_ops module = {}; // want struct_ops map module: `error: struct_ops type "bpf_testmod_ops" of map "\w+" not found in ops`

// The value type is there, the type is not.
SEC(".struct_ops.link")
struct desc unrelated = {}; // want[ops] struct_ops map unrelated: `error: struct "desc" of map "unrelated" not found in ops, only "bpf_struct_ops_desc"` want[ops_old] struct_ops map unrelated: `struct_ops type "desc" of map "\w+" not found`
