// kernels: ops
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };

SEC("?struct_ops")
int run(void *ctx)
{
	return 0;
}

// example
SEC("?.struct_ops.link")
struct hook_ops first = { .run = (void *)run };

SEC("?.struct_ops.link")
struct hook_ops second = { .run = (void *)run }; // want struct_ops map second: `warning: struct_ops map "second" is created in spite of "\?\.struct_ops\.link": it is not the first`
// end example

SEC("?.struct_ops")
struct hook_ops alone = { .run = (void *)run };
