// loaders: cilium
#include "rule.h"

struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); };
typedef struct inner inner_t;

/* As tracee has it. */
struct {
	__uint(type, MAP_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, inner_t);
} named SEC(".maps"); // want map named: `field "values" holds pointers to "inner_t", no struct or function`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct { __uint(type, MAP_ARRAY_OF_MAPS); __array(values, struct inner); });
} nested SEC(".maps"); // want map nested: `inner map: it cannot have inner maps`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} plain SEC(".maps"); // want map plain: `field "values" names maps, and its type is no map of maps`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, int (void *));
} programs SEC(".maps"); // want map programs: `field "values" names programs, and its type is no program array`

struct {
	__uint(type, MAP_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__uint(value_size, 8);
	__array(values, struct inner);
} wide SEC(".maps"); // want map wide: `has values of 8 bytes, what field "values" names has 4`

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct { __uint(type, MAP_ARRAY); __uint(pinning, 1); });
} pinned SEC(".maps"); // want map pinned: `inner map: it cannot be pinned`

struct {
	int (*type)[MAP_ARRAY];
	int *max_entries;
} pointer SEC(".maps"); // want map pointer: `field "max_entries" points to no array`

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} filled SEC(".maps") = { .type = (void *)1 }; // want map filled: `has an initial value besides that of values`

static int step(void *ctx);

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, int (void *));
} local SEC(".maps") = { .values = { [0] = (void *)&step } }; // want map local: `field "values" names a static function or a section`

static int step(void *ctx)
{
	return 0;
}

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} clean SEC(".maps");
