// loaders: libbpf cilium
#include "rule.h"

// example
int in_assembler(void);

asm(".pushsection .text\n.globl in_assembler\n.type in_assembler, @function\n"
    "in_assembler:\nr0 = 0\nexit\n.size in_assembler, .-in_assembler\n.popsection");

SEC("tc")
int caller(void *ctx)
{
	return in_assembler();
}
// end example
// want[libbpf] func in_assembler: `warning: function "in_assembler" is extern in BTF and not in .ksyms: BTF is refused; loaded without BTF`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
