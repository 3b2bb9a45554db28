// kernels: recent
// loaders: libbpf lskel
#include "rule.h"

// example
struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
} page SEC(".maps"); // want[lskel] map page: `note: map "page" gets a size in pages of the machine which generates the skeleton`

struct {
	__uint(type, MAP_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} each SEC(".maps"); // want[lskel] map each: `note: map "each" gets an entry for each CPU of the machine which generates the skeleton`
// end example

struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 64 * 1024);
} pages SEC(".maps");

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
