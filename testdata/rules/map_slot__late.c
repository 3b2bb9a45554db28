// loaders: libbpf cilium
#include "rule.h"

#define RDONLY (1 << 3) /* BPF_F_RDONLY, of the file descriptor alone */

struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __uint(map_flags, RDONLY); __type(key, __u32); __type(value, __u32); };

struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } same SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 7); __type(key, __u32); __type(value, __u32); } larger SEC(".maps");

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner);
} clean_flags SEC(".maps") = { .values = { [0] = (void *)&same } };

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(map_flags, RDONLY);
	__type(key, __u32);
	__array(values, struct inner);
} locked SEC(".maps") = { .values = { [0] = (void *)&same } }; // want map locked: `error: initial entry 0 of map "locked" cannot be written: map_flags has BPF_F_RDONLY`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(pinning, 1);
	__type(key, __u32);
	__array(values, struct inner);
} pinned SEC(".maps") = { .values = { [0] = (void *)&larger } };
// want[libbpf] map pinned: `warning: initial entry 0 of map "pinned" is map "larger" with max_entries 7, the inner map has 1; refused unless one is pinned`
// want[cilium] map pinned: `error: initial entry 0 of map "pinned" is map "larger" with max_entries 7, the inner map has 1$`

SEC("?tc")
int later(void *ctx)
{
	return 0;
}

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int (void *));
} steps SEC(".maps") = { .values = { [1] = (void *)&later } };
// want[libbpf] map steps: `warning: initial entry 1 of map "steps" is program "later", which is not loaded by default`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
