// loaders: libbpf cilium
#include "rule.h"

SEC(".bss.mine") int counter;

SEC("tc")
int named_bss(void *ctx)
{
	return counter; // want[cilium] `error: symbol "counter" is in section ".bss.mine", which it does not read`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
