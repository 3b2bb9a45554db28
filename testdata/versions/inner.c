// A map of maps, and a ring buffer with a value.
#include "rule.h"

struct inner {
	__uint(type, MAP_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps");

struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
	__type(value, __u32);
} events SEC(".maps");

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
