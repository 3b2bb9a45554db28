// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct late {
	int a;
	int b;
} __core;
struct changed {
	int a;
} __core;
union changed___union {
	int a;
} __core;
typedef struct late *handle_t;
struct record {
	unsigned long total;
} __core;

// example
SEC("raw_tp/sched_switch")
int reads_missing(struct late *l)
{
	return l->a + l->b; // want `error: struct "late" not found in fields; 2 accesses need it`
}

SEC("raw_tp/sched_switch")
int asked_first(struct late *l)
{
	if (bpf_core_type_exists(struct late))
		return l->a; // want `note: struct "late" not found in fields; "late.a" needs it; never reached`
	return 0;
}
// end example

SEC("raw_tp/sched_switch")
int other_kind(struct changed *c)
{
	if (bpf_core_type_exists(union changed___union))
		return ((union changed___union *)c)->a;
	return 0;
}

SEC("raw_tp/sched_switch")
int other_kind_is_read(struct changed *c)
{
	return c->a; // want[libbpf] `error: struct "changed" not found in fields; it is union "changed"`
}

/* libbpf makes it 0, see core-type-zero. */
SEC("raw_tp/sched_switch")
int size_of_missing(void *ctx)
{
	return bpf_core_type_size(struct late); // want[cilium] `error: struct "late" not found in fields$`
}

SEC("raw_tp/sched_switch")
int clean(struct record *r)
{
	return r->total;
}

struct measured_total { unsigned long total; } __attribute__((preserve_access_index));

SEC("raw_tp/sched_switch")
int longer_name(struct measured_total *r)
{
	return r->total; // want `error: struct "measured_total" not found in fields; it has struct "measured"$`
}

struct gadget_private_value { int a; } __attribute__((preserve_access_index));

SEC("raw_tp/sched_switch")
int of_the_tool(struct gadget_private_value *v)
{
	return v->a; // want `error: struct "gadget_private_value" not found in fields; "gadget_private_value\.a" needs it$`
}
