// A ring buffer of one page, and a perf event array with an entry for each CPU.
#include "rule.h"

struct { __uint(type, MAP_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, MAP_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
HELPER(25, long, bpf_perf_event_output, void *ctx, void *map, __u64 flags, void *data, __u64 size);

SEC("tracepoint/sched/sched_switch")
int sends(void *ctx)
{
	__u64 *stamp = bpf_ringbuf_reserve(&events, 8, 0), now = bpf_ktime_get_ns();

	if (stamp) {
		*stamp = now;
		bpf_ringbuf_submit(stamp, 0);
	}
	return bpf_perf_event_output(ctx, &perf, 0xffffffff, &now, 8);
}
