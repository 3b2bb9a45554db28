// loaders: cilium
#include "rule.h"

struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); };

struct inner same SEC(".maps");

struct {
	__uint(type, MAP_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u64);
	__array(values, struct inner);
} wide SEC(".maps") = { .values = { [0] = &same } }; // want map wide: `error: initial entry 0 of map "wide" has a key of 4 bytes, the map has 8`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
