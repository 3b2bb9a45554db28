// loaders: libbpf cilium
#include "rule.h"

#define MMAPABLE (1 << 10)

struct {
	__uint(type, MAP_LRU_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, 1); /* BPF_F_NO_PREALLOC */
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps"); // want map recent: `error: map_flags of map "recent" has BPF_F_NO_PREALLOC, which an LRU hash does not take`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, 1 << 3 | 1 << 4);
	__type(key, __u32);
	__type(value, __u64);
} nobodys SEC(".maps"); // want map nobodys: `error: map_flags of map "nobodys" has both BPF_F_RDONLY and BPF_F_WRONLY`

struct {
	__uint(type, MAP_LPM_TRIE);
	__uint(max_entries, 16);
	__uint(map_flags, 1);
	__uint(key_size, 4);
	__uint(value_size, 8);
} trie SEC(".maps"); // want map trie: `error: key_size of map "trie" is 4 bytes, an LPM trie has 5 to 260`

struct {
	__uint(type, MAP_TASK_STORAGE);
	__uint(map_flags, 1);
	__type(key, float);
	__type(value, __u64);
} storage SEC(".maps"); // want map storage: `error: key of map "storage" is of type "float", local storage has int`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct { __uint(type, MAP_PROG_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __uint(value_size, 4); });
} nested SEC(".maps"); // want map nested: `error: type of inner map of "nested" is PROG_ARRAY, which no map can hold`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(pinning, 1);
	__type(key, __u32);
	__array(values, struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, __u64); __type(value, __u64); });
} pinned SEC(".maps"); // want map pinned: `warning: key_size of inner map of "pinned" is 8 bytes, an array has 4; created unless one is pinned`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} wide __hidden SEC(".maps"); // want[cilium] map wide: `error: key_size of map "wide" is 8 bytes, an array has 4`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} clean_hidden __hidden SEC(".maps");

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
