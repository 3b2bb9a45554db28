// loaders: libbpf cilium
#include "rule.h"

struct pair { __u32 a, b; };

// example
static __noinline int sum(struct pair *p __arg("nonnull"))
{
	return p->a + bpf_get_smp_processor_id(); // want `note: tag "arg:nonnull" of static function "sum" is ignored`
}
// end example

__noinline int global(struct pair *p __arg("nonnull"))
{
	return p->b + bpf_get_smp_processor_id();
}

__hidden __noinline int hidden(struct pair *p __arg("nonnull"))
{
	return p->a * bpf_get_smp_processor_id(); // want[libbpf] `note: tag "arg:nonnull" of static function "hidden" is ignored`
}

SEC("tc")
int calls(void *skb)
{
	struct pair p = {};

	return sum(&p) + global(&p) + hidden(&p);
}

SEC("tc")
int clean(void *skb)
{
	return 0;
}
