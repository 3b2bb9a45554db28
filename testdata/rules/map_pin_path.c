// loaders: libbpf cilium
#include "rule.h"

// example
struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__uint(pinning, 1);
	__type(key, __u32);
	__type(value, __u64);
} shared SEC(".maps"); // want[libbpf] map shared: `note: map "shared" is pinned by name: a pin with other attributes fails the load` want[cilium] map shared: `note: map "shared" is pinned by name, which takes a path with cilium`
// end example

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} own SEC(".maps");

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
