// loaders: libbpf cilium
#include "rule.h"

SEC(".bss.mine") int counter;

SEC("tc")
int named_bss(void *ctx)
{
	return counter; // want[cilium] `error: variable "counter" is in section ".bss.mine", which is not loaded`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
