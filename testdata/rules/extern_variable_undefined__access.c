// loaders: cilium
#include "rule.h"

extern volatile int shared __attribute__((section(".data.shared")));

SEC("xdp")
int reads(void *ctx)
{
	return shared; // want `error: extern variable "shared" of section "\.data\.shared" is defined in no object$` `warning: extern variable "shared"`
}

SEC("xdp")
int reads_behind_a_branch(void *ctx)
{
	if (bpf_get_smp_processor_id())
		return 2;
	return shared;
}

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
