#include "rule.h"

SEC("tc")
__attribute__((noinline)) int first(void *ctx)
{
	asm volatile("");
	return 0;
}

SEC("xdp")
int address_of_a_program(void *ctx)
{
	return bpf_loop(1, first, NULL, 0); // want `error: function "first" is in section "tc", and only functions of .text have an address`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
