// kernels: recent
// loaders: libbpf cilium aya
// cflags: -Wno-unused-function
#include "rule.h"

struct {
	__uint(type, MAP_TASK_STORAGE);
	__uint(map_flags, 1);
	__type(key, __u32);
	__type(value, __u64);
} tasks SEC(".maps"); // want[aya] map tasks: `warning: map "tasks": BPF_MAP_TYPE_TASK_STORAGE is refused by aya unless the application allows it`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__uint(numa_node, 1);
	__type(key, __u32);
	__type(value, __u64);
} near SEC(".maps"); // want[cilium] map near: `error: map "near" is refused by cilium: field "numa_node" is unknown`

static int step(void *ctx)
{
	return 0;
}

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, int(void *));
} steps SEC(".maps"); // want[aya] map steps: `error: map "steps" is refused by aya: field "values" holds no maps, and aya fills in nothing else`

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
