// Functions: static, global, and one whose address is taken.
#include "rule.h"

struct { __uint(type, MAP_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } array SEC(".maps");
__u64 sum;

static long adds(void *map, __u32 *key, __u64 *value, void *ctx)
{
	sum += *value;
	return 0;
}

__noinline int doubles(int n) { return 2 * n; }

SEC("socket")
int sums(void *ctx)
{
	bpf_for_each_map_elem(&array, adds, NULL, 0);
	return doubles(sum);
}

SEC("tc")
int doubles_too(void *ctx) { return doubles(1); }
