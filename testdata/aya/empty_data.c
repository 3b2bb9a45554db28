// A data section without bytes, as GNU as writes into every object.
#include "rule.h"

asm(".pushsection .data, \"aw\", @progbits\n.popsection");

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
