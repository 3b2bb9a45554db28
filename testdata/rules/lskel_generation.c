// loaders: libbpf lskel
#include "rule.h"

// example
SEC("raw_tp")
int anywhere(void *ctx)
{
	return 0; // want[lskel] `error: program "anywhere" names no tracepoint in its section: bpftool gen skeleton -L crashes`
}

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__uint(pinning, 1);
	__type(key, __u32);
	__type(value, __u64);
} pinned SEC(".maps"); // want[lskel] map pinned: `error: map "pinned" is pinned by name: bpftool gen skeleton -L fails`
// end example

// The section is optional, and is written into the header all the same.
SEC("?raw_tp")
int optional(void *ctx)
{
	return 1; // want[lskel] `error: program "optional" names no tracepoint`
}

SEC("fentry")
int untargeted(void *ctx)
{
	return 2; // want[lskel] `error: program "untargeted" names no attach target: bpftool gen skeleton -L fails with EINVAL`
}

SEC("?fentry")
int optional_untargeted(void *ctx)
{
	return 3;
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 4;
}

SEC("tc")
int step(void *ctx)
{
	return 5;
}

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(void *));
} steps SEC(".maps") = { .values = { [0] = (void *)&step } }; // want[lskel] map steps: `error: map "steps" has programs as values: bpftool gen skeleton -L fails with ENOTSUP`

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} empty SEC(".maps");
