// kernels: recent
#include "rule.h"

extern void bpf_throw(__u64 cookie) __ksym;

__noinline int takes_two(__u64 cookie, int more)
{
	return cookie + more + bpf_get_smp_processor_id();
}

__noinline int takes_pointer(void *cookie)
{
	return cookie != NULL && bpf_get_smp_processor_id();
}

__noinline int fits(__u64 cookie)
{
	return cookie + bpf_get_smp_processor_id();
}

SEC("tc") __tag("exception_callback:takes_two")
int with_two(void *skb)
{
	bpf_throw(0); // want `error: exception callback "takes_two" does not take one number`
	return 0;
}

SEC("tc") __tag("exception_callback:takes_pointer")
int with_pointer(void *skb)
{
	bpf_throw(0); // want `error: exception callback "takes_pointer" does not take one number`
	return 0;
}

SEC("tc") __tag("exception_callback:fits")
int clean(void *skb)
{
	bpf_throw(0);
	return 0;
}
