// Maps and data that came with a version of a loader.
#include "rule.h"

struct {
	__uint(type, MAP_BLOOM_FILTER);
	__uint(max_entries, 8);
	__uint(map_extra, 3);
	__type(value, __u32);
} filter SEC(".maps");

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}

SEC(".bss.apart") int apart;

SEC("raw_tp/sched_switch")
int bss(void *ctx)
{
	return apart++;
}
