// loaders: aya
#include "rule.h"

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, 1);
	__type(key, __u64);
	__type(value, __u64);
} taken SEC(".maps"); // want map taken: `warning: key_size of map "taken" is 8 bytes, an array has 4; created unless one is pinned` want map taken: `warning: key of map "taken" is of type`

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
