// kernels: ops
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

// example
SEC(".struct_ops.link")
struct hook_ops both[2] = {}; // want variable both: `error: variable "both" of section "\.struct_ops\.link" is of kind ARRAY, not a struct`
// end example

SEC(".struct_ops.link")
struct { int (*run)(int cpu); } nameless = {}; // want variable nameless: `error: variable "nameless" of section "\.struct_ops\.link" is of an anonymous struct`

SEC(".struct_ops.link")
int number = 1; // want variable number: `error: variable "number" of section "\.struct_ops\.link" is of kind INT`

typedef struct hook_ops hooks;

SEC(".struct_ops.link")
hooks clean = { .run = (void *)run };
