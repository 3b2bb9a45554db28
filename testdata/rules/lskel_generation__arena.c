// kernels: recent
// loaders: lskel
#include "rule.h"

struct {
	__uint(type, MAP_ARENA);
	__uint(map_flags, 1 << 10);
	__uint(max_entries, 4);
	__uint(map_extra, 0x1ull << 44);
} arena SEC(".maps");
int __attribute__((address_space(1))) shared SEC(".addr_space.1"); // want map .addr_space.1: `error: section ".addr_space.1" holds variables of an arena: bpftool gen skeleton -L crashes`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
