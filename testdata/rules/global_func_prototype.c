// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

struct opaque;
struct pair { int a, b; };


struct no_such_struct { int x; };

// example
__noinline int takes_void(void *data) // want `error: parameter "data" of global function "takes_void" points to memory of unknown size`
{
	return data != NULL && bpf_get_smp_processor_id();
}

SEC("tc")
int calls_it(void *skb)
{
	return takes_void(skb);
}
// end example

__noinline int takes_opaque(struct opaque *data) // want `error: parameter "data" of .* points to a type that the object only declares`
{
	return data != NULL && bpf_get_smp_processor_id();
}

__noinline int takes_pair(struct pair *data) // want[ancient] `error: parameter "data" of .* is a pointer, and only the context may be one`
{
	return data != NULL && bpf_get_smp_processor_id();
}

__noinline void returns_nothing(int x)
{
	asm volatile("");
} // want[ancient] `error: global function "returns_nothing" returns nothing: ancient cannot verify it alone`

__noinline int tagged(struct no_such_struct *task __arg("trusted"), struct pair *p __arg("untrusted"))
{
	return (task == NULL || p == NULL) && bpf_get_smp_processor_id(); // want[recent] `error: parameter "task" .* is trusted, and there is no struct` want[recent] `parameter "p" .* has the tag "arg:untrusted", which is unknown there`
}

__noinline int by_value(struct pair p) // want `error: parameter "p" of .* is neither an integer nor a pointer`
{
	return p.a + bpf_get_smp_processor_id();
}

__noinline int behind_a_branch(void *data) // want[recent] `warning: parameter "data"` want[ancient] `error: parameter "data"`
{
	return data != NULL && bpf_get_smp_processor_id();
}

SEC("tc")
int calls_all(void *skb)
{
	struct pair p = {};

	int sum = takes_pair(&p) + tagged(skb, &p) + takes_opaque(skb) + by_value(p);

	returns_nothing(1);
	if (sum > 1)
		return behind_a_branch(skb);
	return sum;
}

static __noinline int local(void *data)
{
	return data != NULL && bpf_get_smp_processor_id();
}

SEC("tc")
int clean(void *skb)
{
	return local(skb);
}
