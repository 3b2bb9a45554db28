// kernels: recent
// loaders: cilium
#include "rule.h"

struct long_map_def { __u32 type, key_size, value_size, max_entries, map_flags, pinning; };

struct long_map_def SEC("maps") pinned = { MAP_HASH, 4, 8, 16, 0, 2 }; // want map pinned: `error: definition of map "pinned" has more than type, sizes, entries and flags`

struct long_map_def SEC("maps") plain = { MAP_HASH, 4, 8, 16, 0, 0 };

SEC("tc")
int clean(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&plain, &key) != NULL;
}
