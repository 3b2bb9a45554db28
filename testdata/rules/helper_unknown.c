// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

HELPER(999, long, bpf_helper_of_the_future, void *ctx);

const volatile bool enabled;

// example
SEC("tc")
int on_every_path(void *ctx)
{
	return bpf_get_func_ip(ctx); // want[ancient] `error: helper "bpf_get_func_ip" not found in ancient$`
}

SEC("tc")
int behind_a_branch(void *skb)
{
	if (bpf_ktime_get_ns() > 1)
		return bpf_helper_of_the_future(skb); // want `error: helper 999 not found in (recent|ancient)$`
	return 0;
}
// end example

static __noinline int callee(void *ctx)
{
	return bpf_get_func_ip(ctx); // want[ancient] `error: helper "bpf_get_func_ip"`
}

SEC("tc")
int calls_first(void *ctx)
{
	return callee(ctx);
}

SEC("tc")
int clean(void *ctx)
{
	char c = 0;

	bpf_probe_read_kernel(&c, 1, ctx);
	return c + bpf_ktime_get_ns();
}

SEC("tc")
int behind_a_variable(void *ctx)
{
	if (enabled)
		return bpf_get_func_ip(ctx); // want[ancient] `warning: helper "bpf_get_func_ip" not found in ancient; refused if called`
	return 0;
}
