// A map of which only the value has a type: libbpf and cilium/ebpf create it
// again without types, aya 0.14.0 does not.
#include "rule.h"

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__type(value, __u64);
} counts SEC(".maps");

SEC("socket")
int reads(void *ctx)
{
	__u32 key = 0;

	return !bpf_map_lookup_elem(&counts, &key);
}
