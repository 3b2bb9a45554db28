#include "rule.h"

struct inner {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} one SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} hash SEC(".maps") = { .key = (void *)&one };
// want section .maps: `error: initial entry of map "hash" is "one", and its type has no initial entries`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
