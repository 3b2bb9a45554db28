// kernels: fields
// loaders: libbpf cilium
// modules: unknown
#include "rule.h"

struct late {
	int a;
} __core;
struct record {
	unsigned long total;
} __core;

SEC("raw_tp/sched_switch")
int reads_missing(struct late *l)
{
	return l->a; // want `warning: struct "late" not found in fields; "late.a" needs it`
}

SEC("raw_tp/sched_switch")
int clean(struct record *r)
{
	return r->total;
}
