// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct record {
	unsigned int count;
	short code;
	unsigned int total;
	int sign;
	unsigned char letter;
	unsigned int late : 5;
	void *page;
} __core;
struct flags {
	unsigned int mode : 5, low : 3;
	unsigned int plain : 9;
	unsigned int narrow;
} __core;

// example
SEC("raw_tp/sched_switch")
int narrower(struct record *r)
{
	return r->count; // want[cilium] `warning: field "record.count" has 2 bytes in fields, and the program reads 4`
}

SEC("raw_tp/sched_switch")
int signed_and_wider(struct record *r)
{
	return r->code; // want[libbpf] `error: field "record.code" has 4 bytes in fields, 2 in the object: "int", not "short"` want[cilium] `note: field "record.code" has 4 bytes in fields, and the program reads 2`
}
// end example

SEC("raw_tp/sched_switch")
int wider(struct record *r)
{
	return r->total; // want[cilium] `note: field "record.total" has 8 bytes in fields, and the program reads 4`
}

SEC("raw_tp/sched_switch")
int other_sign(struct record *r)
{
	return r->sign < 0; // want `warning: field "record.sign" is unsigned in fields: "unsigned int", in the object "int"`
}

SEC("raw_tp/sched_switch")
int other_bits(struct flags *f)
{
	return f->mode; // want `warning: field "flags.mode" is bits 3 to 7 in fields, bits 0 to 4 in the object`
}

SEC("raw_tp/sched_switch")
int no_bits(struct flags *f)
{
	return f->plain; // want[libbpf] `error: field "flags.plain" is no bitfield in fields, bits 8 to 16 in the object` want[cilium] `warning: field "flags.plain" is no bitfield in fields, bits 8 to 16 in the object`
}

SEC("raw_tp/sched_switch")
int became_bits(struct flags *f)
{
	return f->narrow; // want[libbpf] `error: field "flags.narrow" is bits 0 to 3 in fields, no bitfield in the object` want[cilium] `warning: field "flags.narrow" is bits 0 to 3 in fields, no bitfield in the object`
}

/* The compiler loads the byte that holds the field, and the record leads to the word of it. */
SEC("raw_tp/sched_switch")
int beside_the_load(struct record *r)
{
	return r->late; // want `warning: field "record.late" is bits 8 to 12 in fields, and the program loads 8 bits`
}

SEC("raw_tp/sched_switch")
int shifts_too(struct flags *f)
{
	__u64 v = *(unsigned int *)((void *)f + __builtin_preserve_field_info(f->mode, 0));
	return v << __builtin_preserve_field_info(f->mode, 4) >> __builtin_preserve_field_info(f->mode, 5);
}

/* An integer for a pointer is a missing field; a char is signed or not as the compiler likes. */
SEC("raw_tp/sched_switch")
int clean(struct record *r)
{
	if (bpf_core_field_exists(r->page))
		return r->count;
	return r->letter;
}
