// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct record {
	unsigned long total;
} __core;

// example
SEC("raw_tp/sched_switch")
int no_name(void *ctx)
{
	struct {
		unsigned long total;
	} __core *r = ctx;
	return r->total; // want `error: CO-RE relocation of field .* refused by (libbpf|cilium): the type has no name`
}
// end example

SEC("raw_tp/sched_switch")
int clean(struct record *r)
{
	return r->total;
}
