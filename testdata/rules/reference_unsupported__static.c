// loaders: libbpf cilium
#include "rule.h"

static volatile int other SEC("mine");
static volatile int counter SEC("mine");

SEC("xdp")
int counts(void *ctx)
{
	int n = counter; // want `error: variable "counter" is in section "mine", which is not loaded`

	other = n;
	return n;
}

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
