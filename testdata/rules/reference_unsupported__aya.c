// kernels: recent
// loaders: libbpf cilium aya
// What aya takes for a data section goes by the beginning of its name.
#include "rule.h"

int prefix SEC(".data_mine") = 1;
int suffix SEC(".bss.mine");
int own SEC("mine") = 1;

SEC("socket")
int clean(void *ctx)
{
	return 0;
}

SEC("socket")
int data(void *ctx)
{
	return prefix; // want[libbpf] `error: variable "prefix" is in section ".data_mine", which is not loaded`
}

SEC("socket")
int bss(void *ctx)
{
	return suffix; // want[cilium] `error: variable "suffix" is in section ".bss.mine", which is not loaded`
}
