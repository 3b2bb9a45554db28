// kernels: recent ancient
// loaders: libbpf cilium
// Since 6.8 a global function is verified only if a path calls it.
#include "rule.h"

struct no_such_struct { int x; } __core;
const volatile int enabled;

__noinline int never_called(void *data) // want[recent] `note: global function "never_called" is refused in recent: .*; never reached` want[ancient] `error: global function "never_called"`
{
	return data != NULL && bpf_get_smp_processor_id();
}

__noinline int called_if(void *data) // want[recent] `warning: global function "called_if" is refused in recent` want[ancient] `error: global function "called_if"`
{
	return data != NULL && bpf_get_smp_processor_id();
}

SEC("tc")
int guarded(void *skb)
{
	if (bpf_core_type_exists(struct no_such_struct))
		return never_called(skb);
	return 0;
}

SEC("tc")
int switched(void *skb)
{
	if (enabled)
		return called_if(skb);
	return 0;
}

SEC("tc")
int clean(void *skb)
{
	return 0;
}
