// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct far {
	unsigned int away;
} __core;
struct packed {
	unsigned long wide : 60;
} __core;

// example
SEC("raw_tp/sched_switch")
int too_far(struct far *f)
{
	return f->away; // want `error: field "far.away" of fields refused by (libbpf|cilium): the offset does not fit into the instruction: 40000 bytes`
}

/* A guard does not help. */
SEC("raw_tp/sched_switch")
int guarded(struct far *f)
{
	if (bpf_core_type_exists(struct nothing_of_that_name))
		return f->away; // want `error: field "far.away" of fields refused by (libbpf|cilium): the offset`
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(struct far *f)
{
	return BPF_CORE_READ(f, away);
}
// end example

SEC("raw_tp/sched_switch")
int wide_bitfield(struct packed *p)
{
	return __builtin_preserve_field_info(p->wide, 4); // want[libbpf] `error: field "packed.wide" of fields refused by libbpf: the bitfield cannot be read` want[cilium] `error: field "packed.wide" of fields refused by cilium: the value does not fit`
}

/* No program calls it, and libbpf relocates it all the same. */
__noinline int unused(struct far *f)
{
	return f ? f->away : 0; // want[libbpf] `error: field "far.away" of fields refused by libbpf, and no program calls it`
}
