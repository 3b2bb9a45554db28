// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct point {
	int x;
} __core;
struct behind {
	int deep;
};
struct record {
	struct behind ptr;
	int tag[8];
	struct point place;
	int plain;
	long total;
} __core;
struct record___pointer {
	struct point *place;
} __core;

// example
SEC("kprobe/do_unlinkat")
int struct_became_pointer(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return BPF_CORE_READ(r, place.x); // want `error: field "record.place.x" is of another type in fields`
}

SEC("kprobe/do_unlinkat")
int one_of_each(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	if (bpf_core_field_exists(r->place))
		return BPF_CORE_READ(r, place.x); // want `note: field "record.place.x" is of another type in fields.*; never reached`
	return BPF_CORE_READ((struct record___pointer *)r, place) != 0;
}
// end example

SEC("kprobe/do_unlinkat")
int array_too_short(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return BPF_CORE_READ(r, tag[6]); // want `error: field "record.tag\[6\]" not found in fields: index 6 of an array of 4`
}

SEC("kprobe/do_unlinkat")
int whole_field(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return bpf_core_field_size(r->ptr); // want `error: field "record.ptr" is of another type in fields: "struct behind \*", in the object "struct behind"`
}

SEC("kprobe/do_unlinkat")
int clean(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return BPF_CORE_READ(r, total);
}
