// loaders: libbpf cilium
#include "rule.h"

// example
SEC("mine") int counter = 1;

SEC("tc")
int own_section(void *ctx)
{
	return counter; // want `error: variable "counter" is in section "mine", which is not loaded`
}
// end example

SEC(".data.mine") int known = 1;

SEC("tc")
int clean(void *ctx)
{
	return known;
}
