// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

// example
struct {
	__uint(type, 29); /* BPF_MAP_TYPE_TASK_STORAGE */
	__uint(map_flags, 1);
	__type(key, int);
	__type(value, __u64);
} per_task SEC(".maps"); // want[ancient] map per_task: `error: map "per_task": BPF_MAP_TYPE_TASK_STORAGE not found in ancient`
// end example

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, 777);
		__uint(max_entries, 1);
		__type(key, __u32);
		__type(value, __u32);
	});
} outer SEC(".maps"); // want map outer: `error: inner map of map "outer": map type 777 not found`

SEC("tc")
int clean(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&counts, &key) != NULL;
}
