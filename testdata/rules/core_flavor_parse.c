// kernels: fields
// loaders: libbpf cilium aya
#include "rule.h"

struct ring____old {
	int size;
} __core;
struct ring___old {
	int size;
} __core;

// example
SEC("raw_tp/sched_switch")
int four_underscores(struct ring____old *r)
{
	return bpf_core_field_exists(r->size); // want `note: flavor of struct "ring____old" is read in several ways: libbpf, lskel: "ring____old"; cilium: "ring_"; aya: "ring"`
}

SEC("raw_tp/sched_switch")
int clean(struct ring___old *r)
{
	return bpf_core_field_exists(r->size);
}
// end example
