// kernels: ancient recent
// loaders: libbpf cilium
#include "rule.h"

struct __sk_buff { __u32 len; };
struct xdp_md { __u32 data; };
struct pair { __u32 a, b; };

__noinline int other_context(struct xdp_md *ctx __arg("ctx")) // want[recent] `error: global function "other_context" is refused in recent: parameter "ctx" is no "struct __sk_buff \*", as tagged`
{
	return ctx != NULL && bpf_get_smp_processor_id();
}

__noinline int exclusive(void *ctx __arg("ctx") __arg("nonnull")) // want[recent] `error: .* parameter "ctx" has both "arg:ctx" and "arg:nonnull"` want[ancient,cilium] `error: .* points to memory of no known size`
{
	return ctx != NULL && bpf_get_smp_processor_id();
}

__noinline int maybe(struct pair *p __arg("nullable")) // want[recent] `error: .* parameter "p" has the tag "arg:nullable" without "arg:trusted"` want[ancient] `parameter "p" is a pointer, not the context`
{
	return p != NULL && bpf_get_smp_processor_id();
}

__noinline int sizeless(void *data __arg("nonnull")) // want `error: .* parameter "data" points to memory of no known size`
{
	return data != NULL && bpf_get_smp_processor_id();
}

__noinline int context(void *ctx __arg("ctx")) // want[ancient,cilium] `error: .* parameter "ctx" points to memory of no known size`
{
	return ctx != NULL && bpf_get_smp_processor_id();
}

SEC("tc")
int calls_all(void *skb)
{
	struct pair p = {};
	int sum = other_context(skb) + exclusive(skb) + maybe(&p) + sizeless(&p) + context(skb);

	return sum;
}

SEC("tc")
int clean(void *skb)
{
	return 0;
}
