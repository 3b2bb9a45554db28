#include "rule.h"

// example
SEC("xdp")
int broken(void *ctx)
{
	asm volatile(".long 0x1b7; .long broken" ::: "r1"); // want `error: relocation at offset \d+ bytes of section "xdp" is no instruction`
	return 2;
}
// end example

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
