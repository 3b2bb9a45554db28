// kernels: ops
#include "rule.h"

struct hook_ops { int (*run)(int cpu); };

int in_assembler(void);

asm(".pushsection .text\n.globl in_assembler\n.type in_assembler, @function\n"
    "in_assembler:\nr0 = 0\nexit\n.size in_assembler, .-in_assembler\n.popsection");

SEC("struct_ops")
int run(void *ctx)
{
	return in_assembler();
}

SEC(".struct_ops.link")
struct hook_ops hooks = { .run = (void *)run };
// want func in_assembler: `error: function "in_assembler" is extern in BTF and not in .ksyms: BTF is refused$`
