// loaders: cilium
#include "rule.h"

extern int shared __attribute__((section(".data.shared")));

SEC("xdp")
int takes_the_address(void *ctx)
{
	return (long)&shared; // want `warning: extern variable "shared" .* is defined in no object: its address is 0`
}

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
