// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

enum hook_mode { HOOK_OFF, HOOK_ON };

struct swapped_limits { __u32 hard; __u32 soft; };
struct hook_limits { __u32 soft; __u32 hard; };

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC("struct_ops")
int stop(void *ctx)
{
	return 0; // want `error: member "data" of struct "hook_ops" is no function pointer in ops, and it is set to "stop"`
}

// example
struct hook_ops {
	int (*run)(int cpu);
	int (*data)(void);
	__u64 count; // want struct_ops map hooks: `error: member "count" of struct "hook_ops" has 8 bytes, 4 in ops`
	int mode;    // want struct_ops map hooks: `error: member "mode" of struct "hook_ops" is of kind INT, of kind ENUM in ops`
	__u32 on;    // want struct_ops map hooks: `error: member "on" of struct "hook_ops" is a bitfield in ops, which (libbpf|cilium) does not copy`
	__u64 wide : 3; // want struct_ops map hooks: `error: member "wide" of struct "hook_ops" is a bitfield, which (libbpf|cilium) does not copy`
	struct swapped_limits limits; // want[libbpf] struct_ops map hooks: `warning: member "limits" of struct "hook_ops" is copied as it is, but laid out otherwise in ops` want[cilium] struct_ops map hooks: `error: member "limits" of struct "hook_ops" is a nested struct that is not zero`
	struct unknown *table; // want[libbpf] struct_ops map hooks: `error: member "table" of struct "hook_ops" is of kind PTR, of kind ARRAY in ops`
};

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run, .data = (void *)stop, .limits.soft = 1 };
// end example

struct hook_ops___sound {
	int (*run)(int cpu); __u32 count; __u64 wide; enum hook_mode mode; struct hook_limits limits; void *data; unsigned short table[4];
};

SEC(".struct_ops.link")
struct hook_ops___sound clean = { .run = (void *)run, .count = 1, .mode = HOOK_ON, .limits.hard = 2, .table = { 1 } };
