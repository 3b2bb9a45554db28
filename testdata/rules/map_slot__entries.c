// loaders: libbpf cilium
#include "rule.h"

struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); };

struct inner same SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } other SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 7); __type(key, __u32); __type(value, __u32); } larger SEC(".maps");

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} beyond SEC(".maps") = { .values = { [3] = &same } }; // want map beyond: `error: initial entry 3 of map "beyond" lies beyond max_entries, which is 2`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} mixed SEC(".maps") = { .values = { [1] = (void *)&other } }; // want map mixed: `error: initial entry 1 of map "mixed" is map "other" with value_size 8, the inner map has 4`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} sized SEC(".maps") = { .values = { [0] = (void *)&larger } }; // want map sized: `error: initial entry 0 of map "sized" is map "larger" with max_entries 7, the inner map has 1`

struct {
	__uint(type, MAP_HASH_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner);
} full SEC(".maps") = { .values = { [0] = &same, [5] = &same } }; // want map full: `error: initial entry 0 of map "full" is one of 2, max_entries is 1`

SEC("tc")
int step(void *ctx)
{
	return 0;
}

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, int (void *));
} steps SEC(".maps") = { .values = { [1] = (void *)&step } }; // want map steps: `error: initial entry 1 of map "steps" lies beyond max_entries, which is 1`

struct {
	__uint(type, MAP_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} clean SEC(".maps") = { .values = { [0] = &same, [5] = &same } };
