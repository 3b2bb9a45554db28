// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct ring {
	int size;
	int of_the_module;
	int nowhere;
} __core;

// example
SEC("raw_tp/sched_switch")
int asks(struct ring *r)
{
	return bpf_core_field_exists(r->of_the_module); // want[libbpf] `warning: field "ring.of_the_module" not found in vmlinux of fields; that of module "ring" has it`
}

SEC("raw_tp/sched_switch")
int clean(struct ring *r)
{
	return bpf_core_field_exists(r->nowhere);
}
// end example
