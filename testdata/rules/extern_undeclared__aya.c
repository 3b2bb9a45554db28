// kernels: recent
// loaders: libbpf cilium aya
#include "rule.h"

extern int elsewhere(int n);

SEC("socket")
int calls(void *ctx)
{
	return elsewhere(bpf_get_smp_processor_id()); // want[libbpf] `error: extern "elsewhere" cannot be resolved by libbpf: it is in no section` want[cilium] `error: extern "elsewhere" cannot be resolved by cilium: no section .ksyms declares it` want[aya] `error: extern "elsewhere" cannot be resolved by aya: it is defined in no section`
}

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
