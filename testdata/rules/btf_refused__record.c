// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

int in_assembler(void);

asm(".pushsection .text\n.globl in_assembler\n.type in_assembler, @function\n"
    "in_assembler:\nr0 = 0\nexit\n.size in_assembler, .-in_assembler\n.popsection");

SEC("tc")
int caller(void *ctx)
{
	return in_assembler();
}
// want func in_assembler: `error: function "in_assembler" has no record in .BTF.ext, as every function of a program needs it`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
