// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct record {
	long state;
	int gone;
} __core;

/* The verifier looks into it with unknown arguments. */
__noinline int reads_gone(struct record *r, int ask)
{
	if (!ask || !r)
		return bpf_get_smp_processor_id();
	return r->gone; // want `error: field "record.gone" not found in fields$`
}

/* This one it follows from the call. */
static __noinline int reads_state(struct record *r, int ask)
{
	if (!ask)
		return bpf_get_smp_processor_id();
	return r->state; // want `note: field "record.state" not found in fields; never reached`
}

SEC("kprobe/do_unlinkat")
int calls_global(void *ctx)
{
	return reads_gone(ctx, bpf_core_field_exists(((struct record *)0)->gone) ? 2 : 1);
}

SEC("kprobe/do_unlinkat")
int calls_static(void *ctx)
{
	return reads_state(ctx, bpf_core_field_exists(((struct record *)0)->state));
}

SEC("kprobe/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
