// loaders: libbpf cilium
#include "rule.h"

SEC(".addr_space.1") int global;

SEC("tc")
int counts(void *ctx)
{
	return global++; // want[libbpf] `error: symbol "global" is in section ".addr_space.1", and there is no arena` want[cilium] `error: symbol "global" is in section ".addr_space.1", which it does not read`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
