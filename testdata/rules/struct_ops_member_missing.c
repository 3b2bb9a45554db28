// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct hook_ops { int (*run)(int cpu); int (*pause)(void); int (*resume)(void); __u32 level; __u32 count; };

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

// example
SEC("struct_ops")
int pause(void *ctx)
{
	return 0; // want `error: member "pause" of "hooks" \(struct hook_ops\) not found in ops, and it is set to "pause"`
}

SEC(".struct_ops.link")
struct hook_ops hooks = {
	.run = (void *)run,
	.pause = (void *)pause,
	.level = 3, // want struct_ops map hooks: `error: member "level" of "hooks" \(struct hook_ops\) not found in ops, and it is not zero`
};
// end example
// want struct_ops map hooks: `note: member "resume" of struct "hook_ops" not found in ops: skipped, being zero`

struct hook_ops___old { int (*run)(int cpu); __u32 count; };

SEC(".struct_ops.link")
struct hook_ops___old clean = { .run = (void *)run, .count = 1 };

struct hook_ops___typo { int (*run)(int cpu); __u32 contt; };

SEC(".struct_ops.link")
struct hook_ops___typo misspelt = { .run = (void *)run, .contt = 1 };
// want[libbpf] struct_ops map misspelt: `error: member "contt" of "misspelt" \(struct hook_ops\) not found in ops, and it is not zero`
