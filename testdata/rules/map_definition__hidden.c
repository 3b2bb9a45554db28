// loaders: libbpf cilium
#include "rule.h"

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} hidden __attribute__((visibility("hidden"))) SEC(".maps"); // want[libbpf] map hidden: `unsupported map linkage static`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} clean SEC(".maps");
