// loaders: libbpf cilium
#include "rule.h"

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} maybe SEC(".maps") __weak;

SEC("tc")
int weak_map(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&maybe, &key) != NULL; // want[cilium] `error: map "maybe" is weak: cilium does not open such an object$`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
