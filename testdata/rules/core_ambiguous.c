// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

/* The kernel has twin and twin___b, whose offsets differ. */
struct twin {
	int one;
	int two;
	int common;
} __core;

// example
SEC("raw_tp/sched_switch")
int two_types(struct twin *t)
{
	return t->common; // want `error: field "twin.common" ambiguous in fields: (offset 32 bits in one candidate, 64 in another|value 4 for one candidate, 8 for another)`
}
// end example

/* libbpf refuses it even if it is never reached; cilium/ebpf too. */
SEC("raw_tp/sched_switch")
int guarded(struct twin *t)
{
	if (bpf_core_type_exists(struct nothing_of_that_name))
		return t->common; // want `error: field "twin.common" ambiguous in fields`
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(struct twin *t)
{
	return t->one + t->common;
}
