// loaders: libbpf cilium
#include "rule.h"

// example
extern int shared __attribute__((section(".data.shared")));

SEC("xdp")
int reader(void *ctx)
{
	return shared; // want `error: extern variable "shared" of section "\.data\.shared" is defined in no object`
}
// end example

int own SEC(".data.own") = 1;

SEC("xdp")
int clean(void *ctx)
{
	return own;
}
