// kernels: inlined untold
// A kernel that notes no linkage takes every function for static.
#include "rule.h"

__noinline int takes_void(void *data) // want[inlined] `error: global function "takes_void"` want[untold] `warning: global function "takes_void"`
{
	return data != NULL && bpf_get_smp_processor_id();
}

SEC("tc")
int calls_it(void *skb)
{
	return takes_void(skb);
}

SEC("tc")
int clean(void *skb)
{
	return 0;
}
