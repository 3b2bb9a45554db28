// targets: bpfel bpfeb
/* Subprograms of every binding, called and taken the address of. */
#include "rule.h"

static __noinline int static_sub(int a)
{
	return bpf_get_smp_processor_id() + a;
}

__noinline int global_sub(int a)
{
	return static_sub(a) * 3;
}

__hidden __noinline int hidden_sub(int a)
{
	return global_sub(a) + bpf_get_smp_processor_id();
}

static int callback(int i, void *ctx)
{
	*(int *)ctx += i;
	return 0;
}

__weak __noinline int unused_sub(int a)
{
	return a;
}

SEC("socket")
int leaf(void *ctx)
{
	return 1;
}

SEC("socket")
int calls(void *ctx)
{
	int sum = hidden_sub(1) + static_sub(2);

	bpf_loop(3, callback, &sum, 0);
	return sum;
}

SEC("?tc")
int optional(void *ctx)
{
	return global_sub(4);
}
