// A program that aya loads as libbpf and cilium/ebpf do, for tests to break.
#include "rule.h"

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

__noinline int work(int n)
{
	return n + bpf_get_smp_processor_id();
}

SEC("classifier")
int calls(void *ctx)
{
	__u32 key = 0;

	return work(1) + !bpf_map_lookup_elem(&counts, &key);
}
