// struct_ops as it grew. The kernel lacks the member "gone", which is zero.
#include "rule.h"

struct hook_ops { int (*run)(int cpu); int (*gone)(void); __u32 count; void *data; };

SEC("struct_ops") int run(void *ctx) { return 0; }
SEC(".struct_ops.link") struct hook_ops hooks = { .run = (void *)run, .count = 1 };
