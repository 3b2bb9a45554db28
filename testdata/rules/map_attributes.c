// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

// example
struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 1000);
} uneven SEC(".maps"); // want[cilium] map uneven: `error: max_entries of map "uneven" is 1000 bytes, a ring buffer has a power of two of pages`

struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
	__type(value, __u64);
} typed SEC(".maps"); // want[libbpf] map typed: `error: value_size of map "typed" is 8 bytes, a ring buffer has none`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} wide SEC(".maps"); // want map wide: `error: key_size of map "wide" is 8 bytes, an array has 4`
// end example

struct {
	__uint(type, MAP_LPM_TRIE);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} trie SEC(".maps"); // want map trie: `error: map_flags of map "trie" lacks BPF_F_NO_PREALLOC, which an LPM trie needs`

struct {
	__uint(type, MAP_SK_STORAGE);
	__uint(map_flags, 1);
	__uint(max_entries, 16);
	__uint(key_size, 4);
	__uint(value_size, 8);
} storage SEC(".maps"); // want map storage: `error: max_entries of map "storage" is 16, local storage has 0` want map storage: `error: key and value of map "storage" have sizes and no types`

struct {
	__uint(type, MAP_SK_STORAGE);
	__uint(map_flags, 1);
	__uint(key_size, 4);
	__uint(value_size, 8);
	__uint(pinning, 1);
} pinned SEC(".maps"); // want map pinned: `warning: key and value of map "pinned" have sizes and no types, local storage needs both types; created unless one is pinned`

struct {
	__uint(type, MAP_STACK_TRACE);
	__uint(max_entries, 16);
	__type(key, __u32);
	__uint(value_size, 12);
} stacks SEC(".maps"); // want map stacks: `error: value_size of map "stacks" is 12 bytes, a stack trace map has a multiple of 8`

struct {
	__uint(type, 14); /* BPF_MAP_TYPE_DEVMAP */
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, short);
} devices SEC(".maps"); // want map devices: `error: value_size of map "devices" is 2 bytes, a map of devices has 4 or 8`

struct {
	__uint(type, MAP_HASH);
	__type(key, __u32);
	__type(value, __u64);
} sized_at_run_time SEC(".maps"); // want map sized_at_run_time: `warning: max_entries of map "sized_at_run_time" is not set: the application has to`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, MAP_ARRAY);
		__uint(max_entries, 1);
		__type(key, __u64);
		__type(value, __u64);
	});
} outer SEC(".maps"); // want map outer: `error: key_size of inner map of "outer" is 8 bytes, an array has 4`

struct {
	__uint(type, MAP_PERF_EVENT_ARRAY);
	__type(key, int);
	__type(value, int);
} clean_perf SEC(".maps");

struct {
	__uint(type, MAP_ARENA);
	__uint(map_flags, 1 << 10);
	__uint(max_entries, 100);
} clean_arena SEC(".maps");

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
