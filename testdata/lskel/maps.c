// Maps of many kinds, with types and without.
#include "rule.h"

struct event { __u64 stamp; __u32 pid; };
struct prefix { __u32 bits; __u8 data[4]; };

struct { __uint(type, MAP_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, struct event); } hash SEC(".maps");
struct { __uint(type, MAP_PERCPU_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, __u64); } percpu_hash SEC(".maps");
struct { __uint(type, MAP_LRU_HASH); __uint(max_entries, 64); __uint(key_size, 4); __uint(value_size, 8); } lru SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } array SEC(".maps");
struct { __uint(type, MAP_PERCPU_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } percpu_array SEC(".maps");
struct { __uint(type, MAP_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } jumps SEC(".maps");
struct { __uint(type, MAP_STACK_TRACE); __uint(max_entries, 16); __uint(key_size, 4); __uint(value_size, 1016); } stacks SEC(".maps");
struct { __uint(type, MAP_LPM_TRIE); __uint(max_entries, 16); __uint(map_flags, 1); __type(key, struct prefix); __type(value, __u32); } trie SEC(".maps");
struct { __uint(type, MAP_BLOOM_FILTER); __uint(max_entries, 64); __uint(map_extra, 3); __type(value, __u32); } bloom SEC(".maps");
struct { __uint(type, MAP_TASK_STORAGE); __uint(map_flags, 1); __type(key, int); __type(value, __u64); } task SEC(".maps");

SEC("socket")
int counts(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&array, &key);

	if (value)
		*value += 1;
	bpf_tail_call(ctx, &jumps, 0);
	return bpf_map_lookup_elem(&hash, &key) != NULL;
}
