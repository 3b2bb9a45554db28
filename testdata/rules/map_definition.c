// loaders: libbpf cilium
#include "rule.h"

// example
struct {
	__uint(type, MAP_HASH);
	__uint(entries, 16);
} misspelt SEC(".maps"); // want[libbpf] map misspelt: `error: map "misspelt": unknown field 'entries': libbpf refuses` want[cilium] map misspelt: `error: map "misspelt": field "entries" is unknown: cilium refuses`
// end example

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__uint(key_size, 4);
	__type(key, __u32);
	__type(value, __u64);
} twice SEC(".maps"); // want[cilium] map twice: `error: map "twice": has both "key" and "key_size"`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__uint(key_size, 8);
	__type(key, __u32);
	__type(value, __u64);
} contradicts SEC(".maps"); // want[libbpf] map contradicts: `error: .*: conflicting key size 8 != 4` want[cilium] map contradicts: `has both "key" and "key_size"`

struct unknown;
struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__uint(key_size, 4);
	struct unknown *value;
} sizeless SEC(".maps"); // want[libbpf] map sizeless: `can't determine value size` want[cilium] map sizeless: `field "value" points to a type without a size`

struct {
	__uint(type, MAP_HASH);
	int max_entries;
} number SEC(".maps"); // want[libbpf] map number: `expected PTR, got INT` want[cilium] map number: `field "max_entries" is no number`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct { __uint(type, MAP_ARRAY); __uint(colour, 1); });
} outer SEC(".maps"); // want[libbpf] map outer: `unknown field 'colour'` want[cilium] map outer: `inner map: field "colour" is unknown`

struct {
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} typeless SEC(".maps"); // want[libbpf] map typeless: `map type isn't specified`

static struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} local SEC(".maps"); // want[libbpf] map local: `unsupported map linkage static`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} clean SEC(".maps");

SEC("tc")
int uses_clean(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&clean, &key) != NULL;
}
