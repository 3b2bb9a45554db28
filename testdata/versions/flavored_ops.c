// A struct_ops type with a suffix, and a map that is created only when asked for.
#include "rule.h"

struct hook_ops___v2 { int (*run)(int cpu); __u32 count; };

SEC("struct_ops") int run(void *ctx) { return 0; }
SEC(".struct_ops") struct hook_ops___v2 flavored = { .run = (void *)run, .count = 1 };

struct hook_ops { int (*run)(int cpu); __u32 count; };

SEC("?struct_ops") int optional_run(void *ctx) { return 0; }
SEC("?.struct_ops") struct hook_ops optional = { .run = (void *)optional_run, .count = 1 };
