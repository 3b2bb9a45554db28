// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct record {
	long state;
	int cpu;
	int deep;
	int gone;
	char tag[4];
} __core;
struct record___new {
	unsigned int __state;
} __core;

const volatile int debug = 0;

// example
SEC("kprobe/do_unlinkat")
int renamed(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return BPF_CORE_READ(r, state); // want `error: field "record.state" not found in fields; renamed to "__state"$`
}

SEC("kprobe/do_unlinkat")
int asked_first(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	if (!bpf_core_field_exists(r->state))
		return BPF_CORE_READ((struct record___new *)r, __state);
	return BPF_CORE_READ(r, state); // want `note: field "record.state" not found in fields; never reached`
}

SEC("kprobe/do_unlinkat")
int user_space_decides(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	if (debug)
		return BPF_CORE_READ(r, gone); // want `warning: field "record.gone" not found in fields; refused if reached`
	return 0;
}
// end example

SEC("kprobe/do_unlinkat")
int moved_inside(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return BPF_CORE_READ(r, cpu); // want `error: field "record.cpu" not found in fields; moved to "info.cpu"`
}

SEC("kprobe/do_unlinkat")
int moved_behind(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return BPF_CORE_READ(r, deep); // want `error: field "record.deep" not found in fields; moved to "ptr->deep", behind a pointer`
}

/* Five records, one finding. */
SEC("kprobe/do_unlinkat")
int many_records(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	int sum = BPF_CORE_READ(r, gone) + bpf_core_field_size(r->gone); // want `error: field "record.gone" not found in fields$`
	return sum + BPF_CORE_READ(r, gone) + __builtin_preserve_field_info(r->gone, 4) + __builtin_preserve_field_info(r->gone, 5);
}

/* The first is certainly reached, the second is not. */
SEC("kprobe/do_unlinkat")
int dead_and_alive(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	int sum = 0;
	if (bpf_core_field_exists(r->gone))
		sum = BPF_CORE_READ(r, gone);
	return sum + bpf_core_field_size(r->gone); // want `error: field "record.gone" not found in fields$`
}

SEC("kprobe/do_unlinkat")
int clean(void *ctx)
{
	struct record *r = (void *)bpf_get_current_task();
	return BPF_CORE_READ(r, tag[2]);
}
