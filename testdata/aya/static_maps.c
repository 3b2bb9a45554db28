// Two static maps: clang refers to them by the section, which aya 0.14.0 takes
// for any map of it.
#include "rule.h"

static struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

SEC("socket")
int reads(void *ctx)
{
	__u32 key = 0;

	return !bpf_map_lookup_elem(&first, &key) + !bpf_map_lookup_elem(&second, &key);
}
