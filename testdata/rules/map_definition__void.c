// loaders: libbpf cilium
#include "rule.h"

struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
	void *value;
} events SEC(".maps"); // want[libbpf] map events: `can't determine value size`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
