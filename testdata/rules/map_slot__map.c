#include "rule.h"

struct inner {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct inner elsewhere SEC(".data.maps");

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [0] = &elsewhere } };
// want section .maps: `error: initial entry of map "outer" is "elsewhere", which is no map`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
