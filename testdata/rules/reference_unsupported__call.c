// loaders: libbpf cilium
#include "rule.h"

SEC("tc")
__attribute__((noinline)) int first(void *ctx)
{
	asm volatile("");
	return 0;
}

SEC("xdp")
int calls_a_program(void *ctx)
{
	return first(ctx); // want[libbpf] `error: function "first" is in section "tc", and only functions of .text can be called`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
