// kernels: ops
// loaders: libbpf cilium
// shadow: shadow_layout_drift.h
#include "rule.h"

enum mode { OFF, ON } __attribute__((packed));

// example
/* shadow_layout_drift.h was generated before "stop" was added and "wide" grew. */
struct hook_ops {
	int (*run)(int cpu);
	int (*stop)(void);
	__u32 count;
	__u64 wide;
	char name[16];
};
// end example

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

// want struct_ops map drifted: `warning: member "stop" of "drifted" is in the object only` struct_ops map drifted: `warning: member "count" of "drifted" is at offset 8 bytes, 16 in the object` struct_ops map drifted: `warning: member "wide" of "drifted" is at offset 12 bytes, 24 in the object`
// want struct_ops map drifted: `warning: member "gone" of "drifted" not found in the object` struct_ops map drifted: `warning: member "__unsupported_4" of "drifted" is at offset 20 bytes, 32 in the object` struct_ops map drifted: `warning: shadow type of "drifted" has 40 bytes, 48 in the object`
SEC(".struct_ops.link")
struct hook_ops drifted = { .run = (void *)run };

/* The header has it as it is: enums that it names have the size that they have here. */
struct same_ops { int (*run)(int cpu); enum mode mode; __u16 behind; };
SEC(".struct_ops.link")
struct same_ops same = { .behind = 1 };

// want struct_ops map swapped: `warning: member "run" of "swapped" is of kind scalar, program in the object` struct_ops map swapped: `warning: member "count" of "swapped" has 4 bytes, 2 in the object`
struct swapped_ops { int (*run)(int cpu); __u16 count; };
SEC(".struct_ops.link")
struct swapped_ops swapped = { .count = 1 };

// want struct_ops map added: `warning: struct_ops map "added" has no shadow type in the file`
SEC(".struct_ops.link")
struct same_ops added = { .behind = 1 };

// want struct_ops map removed: `warning: shadow type of "removed": no such struct_ops map in the object`
