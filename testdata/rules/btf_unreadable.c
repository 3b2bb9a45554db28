// loaders: libbpf cilium
// cflags: -g0
#include "rule.h"

// example
struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps"); // want[libbpf] section .maps: `error: section ".maps" has no BTF that describes it`
// end example

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
