// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

/* The kernel has twin with the field one, and twin___b with the fields two and common. */
struct twin {
	int one;
	int two;
	int common;
} __core;

SEC("kprobe/do_unlinkat")
int field_of_each(void *ctx)
{
	int sum = bpf_core_field_size(((struct twin *)0)->two) + bpf_core_field_size(((struct twin *)0)->common);
	sum += __builtin_preserve_field_info(((struct twin *)0)->two, 3);
	return sum + bpf_core_field_size(((struct twin *)0)->one); // want `error: field "twin.one" not found in fields; it is in another type of that name`
}

struct twin___2 {
	int one;
} __core;

/* Relocations are tried for each local type apart. */
SEC("kprobe/do_unlinkat")
int flavor(void *ctx)
{
	int sum = bpf_core_field_size(((struct twin *)0)->two) + bpf_core_field_size(((struct twin *)0)->common);
	return sum + bpf_core_field_size(((struct twin___2 *)0)->one);
}

SEC("kprobe/do_unlinkat")
int clean(void *ctx)
{
	return bpf_core_field_size(((struct twin *)0)->two);
}
