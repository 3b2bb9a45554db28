// Maps of maps, with first entries and without.
#include "rule.h"

struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); };
struct inner first SEC(".maps"), second SEC(".maps");
struct {
	__uint(type, MAP_ARRAY_OF_MAPS); __uint(max_entries, 4); __uint(key_size, 4); __array(values, struct inner);
} by_index SEC(".maps") = { .values = { [0] = &first, [2] = &second } };
struct {
	__uint(type, MAP_HASH_OF_MAPS); __uint(max_entries, 4); __uint(key_size, 4);
	__array(values, struct { __uint(type, MAP_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, __u32); });
} by_name SEC(".maps");

SEC("socket")
int looks(void *ctx)
{
	__u32 key = 2;
	void *map = bpf_map_lookup_elem(&by_index, &key);

	return map && bpf_map_lookup_elem(map, &key) && bpf_map_lookup_elem(&by_name, &key);
}
