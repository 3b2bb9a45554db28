// kernels: recent
// loaders: aya
#include "rule.h"

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__uint(pinning, 1);
	__type(key, __u32);
	__type(value, __u64);
} shared SEC(".maps"); // want map shared: `note: map "shared" is pinned by name: a pin is used whatever its type and sizes`

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
