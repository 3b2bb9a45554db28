#include "rule.h"

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} counts SEC(".maps");

SEC(".addr_space.1") int global; // want map .addr_space.1: `global variables of an arena without a map of type BPF_MAP_TYPE_ARENA`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
