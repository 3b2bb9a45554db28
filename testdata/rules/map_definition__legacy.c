// loaders: libbpf cilium
#include "rule.h"

struct bpf_map_def { __u32 type, key_size, value_size, max_entries, map_flags; };

struct bpf_map_def SEC("maps") counts = { MAP_HASH, 4, 8, 16, 0 }; // want[libbpf] map counts: `legacy definition in section "maps"`

SEC("tc")
int clean(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&counts, &key) != NULL;
}
