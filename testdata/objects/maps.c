// targets: bpfel bpfeb
/* Definitions in .maps of every form, and data sections. */
#include "rule.h"

#define __ulong(name, val) enum { __map_##name = val } name

struct value {
	long a, b;
};

struct inner {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} inner SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 100);
	__uint(map_flags, 1);
	__uint(numa_node, 2);
	__uint(pinning, 1);
	__type(key, int);
	__type(value, struct value);
} hash SEC(".maps");

struct {
	__uint(type, MAP_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { &inner },
};

struct {
	__uint(type, MAP_BLOOM_FILTER);
	__uint(max_entries, 8);
	__uint(value_size, 4);
	__ulong(map_extra, 5);
} bloom SEC(".maps");

int tail(void *ctx);

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = { tail },
};

int in_data = 1;
static int in_static_data = 2;
long in_bss[4];
const volatile int in_rodata = 3;
__hidden int in_hidden SEC(".data.hidden") = 4;
int in_custom SEC("custom") = 5;
int in_arena SEC(".addr_space.1") = 6;

SEC("tc")
int tail(void *ctx)
{
	return 0;
}

SEC("tc")
int uses(void *ctx)
{
	int key = in_rodata;
	struct value *v = bpf_map_lookup_elem(&hash, &key);
	static const char text[] = "a constant string";

	in_bss[2] += in_data;
	in_static_data += in_hidden;
	bpf_trace_printk(text, sizeof(text));
	bpf_tail_call(ctx, &jumps, 0);
	if (v)
		v->b++;
	return bpf_map_lookup_elem(&outer, &key) != NULL;
}
