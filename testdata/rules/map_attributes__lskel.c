// loaders: lskel
#include "rule.h"

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} bare SEC(".maps"); // want map bare: `error: values of map "bare" name no inner map, and the application cannot set one`

struct inner {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, struct inner);
} clean SEC(".maps");

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} late SEC(".maps"); // want map late: `warning: values of map "late" name no inner map: that of an earlier map is closed by then`

struct {
	__uint(type, MAP_HASH);
	__type(key, __u32);
	__type(value, __u32);
} entries SEC(".maps"); // want map entries: `warning: max_entries of map "entries" is not set: the application has to`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
} values SEC(".maps"); // want map values: `error: value_size of map "values" is 0`
