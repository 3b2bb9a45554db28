// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

extern void bpf_throw(__u64 cookie) __ksym;

// example
static __noinline int local(__u64 cookie)
{
	asm volatile("");
	return 0;
}

SEC("tc") __tag("exception_callback:local")
int with_static(void *ctx)
{
	bpf_throw(0); // want `error: exception callback "local" of program "with_static" is static`
	return local(1);
}
// end example

__noinline int on_throw(__u64 cookie)
{
	return 0;
}

SEC("tc") __tag("exception_callback:on_throw")
int with_global(void *ctx)
{
	bpf_throw(0); // want[cilium] `error: exception callback "on_throw" of program "with_global" is not linked`
	return 0;
}

SEC("tc") __tag("exception_callback:nobody")
int with_none(void *ctx)
{
	bpf_throw(0); // want[libbpf] `error: .* is no function of .text` want[cilium] `error: .* is not linked`
	return 0;
}

SEC("tc") __tag("exception_callback:on_throw") __tag("exception_callback:on_throw")
int with_two(void *ctx)
{
	bpf_throw(0); // want[cilium] `error: .* is not linked`
	return 0;
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
