/* Definitions that every loader refuses. */
#include "rule.h"

struct {
	__uint(max_entries, 1);
} no_type SEC(".maps");

struct {
	__uint(type, MAP_ARRAY);
	__uint(colour, 1);
} unknown_field SEC(".maps");

struct {
	__uint(type, MAP_ARRAY);
	__uint(key_size, 8);
	__type(key, int);
} two_key_sizes SEC(".maps");

struct {
	__uint(type, MAP_ARRAY);
	int max_entries;
} not_a_pointer SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(pinning, 2);
} odd_pinning SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__array(values, int);
} values_of_hash SEC(".maps");

struct forward;

struct {
	__uint(type, MAP_HASH);
	struct forward *value;
} sizeless_value SEC(".maps");

int no_struct SEC(".maps");
