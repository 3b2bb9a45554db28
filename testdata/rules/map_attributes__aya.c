// kernels: recent
// loaders: libbpf cilium aya
#include "rule.h"

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__uint(value_size, 8);
} keyed SEC(".maps"); // want[aya] map keyed: `error: value of map "keyed" has a size and no type, though the key has one`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[4][8]);
} grid SEC(".maps"); // want[aya] map grid: `error: value_size of map "grid" is 8 bytes, its type has 32`

struct {
	__uint(type, MAP_HASH);
	__type(key, __u32);
	__type(value, __u64);
} unset SEC(".maps"); // want map unset: `warning: max_entries of map "unset" is not set: the application has to`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
} half SEC(".maps"); // want[libbpf,cilium] map half: `warning: value_size of map "half" is not set: the application has to` want[aya] map half: `error: value_size of map "half" is 0 bytes, a hash has a size` want[aya] map half: `error: value of map "half" has a size and no type`

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
