// loaders: cilium
#include "rule.h"

struct {
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} typeless SEC(".maps"); // want map typeless: `warning: type of map "typeless" is not set: the application has to`

struct {
	__uint(type, MAP_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} outer SEC(".maps"); // want map outer: `warning: inner map of map "outer" is not set: the application has to`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, 100);
} own SEC(".maps"); // want map own: `warning: pinning of map "own" is 100, unknown to cilium: the application has to change it`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, 1);
} clean SEC(".maps");
