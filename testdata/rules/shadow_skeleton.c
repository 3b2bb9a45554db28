// kernels: ops
#include "rule.h"

enum mode { OFF, ON };
typedef enum { RED, GREEN } color_t;

// example
struct mirrored_ops {
	int (*run)(int cpu);
	enum mode mode;
	__u32 low : 3;
	__u32 high : 5;
	__u32 count;
};

SEC(".struct_ops.link")
struct mirrored_ops mirrored = { .count = 1 }; // want struct_ops map mirrored: `note: member "mode" of "mirrored": bpftool's skeleton names its enum and does not define it` struct_ops map mirrored: `note: member "low" of "mirrored": bpftool's skeleton misplaces what follows a bitfield` struct_ops map mirrored: `note: member "high" of "mirrored"`
// end example

struct named_ops { int (*new)(void); int __padding_2; char c; int behind; };
SEC(".struct_ops.link")
struct named_ops named = { .behind = 1 }; // want struct_ops map named: `note: member "new" of "named": bpftool's skeleton uses a keyword of C\+\+ as a name`

struct made_ops { char c; int __padding_2; int behind; } __attribute__((packed));
SEC(".struct_ops.link")
struct made_ops made = { .behind = 1 }; // want struct_ops map made: `note: shadow type of "made": bpftool's skeleton aligns it otherwise than the object`

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

/* Numbers behind typedefs and anonymous enums are mirrored well. */
struct hook_ops { int (*run)(int cpu); color_t color; __u16 count; };
SEC(".struct_ops.link")
struct hook_ops clean = { .run = (void *)run, .count = 1 };
