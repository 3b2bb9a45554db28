/* Definitions of before BTF. */
#include "rule.h"

struct bpf_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def SEC("maps") counts = { MAP_ARRAY, 4, 8, 16, 0 };
struct bpf_map_def SEC("maps/more") flags = { MAP_HASH, 4, 4, 2, 1 };
unsigned int SEC("maps/more") too_short = 1;

SEC("socket")
int reads_legacy(void *ctx)
{
	int key = 0;

	return bpf_map_lookup_elem(&counts, &key) && bpf_map_lookup_elem(&flags, &key);
}
