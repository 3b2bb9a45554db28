// kernels: fields
// loaders: libbpf cilium
// Whether the data is wrong is a matter of what the program does with the load.
#include "rule.h"

struct record {
	int sign;
} __core;
struct record___unit {
	unsigned short pad : 9;
	unsigned short more : 2;
	unsigned char late : 5;
} __core;
struct flags {
	unsigned int before;
	unsigned int plain : 32;
} __core;

unsigned int number;
long wide;

SEC("raw_tp/sched_switch")
int stored_in_its_width(struct record *r)
{
	number = r->sign;
	return 0;
}

SEC("raw_tp/sched_switch")
int tested_for_zero(struct record *r)
{
	if (r->sign)
		number++;
	return 0;
}

SEC("raw_tp/sched_switch")
int sign_extended(struct record *r)
{
	wide = r->sign; // want `warning: field "record.sign" is unsigned in fields`
	return 0;
}

SEC("raw_tp/sched_switch")
int compared(struct record *r)
{
	if (r->sign > 7) // want `warning: field "record.sign" is unsigned in fields`
		number++;
	return 0;
}

SEC("raw_tp/sched_switch")
int divided(struct record *r)
{
	number = r->sign >> 3; // want `warning: field "record.sign" is unsigned in fields`
	return 0;
}

static __noinline int pass(int n)
{
	return n > 3;
}

SEC("raw_tp/sched_switch")
int passed_on(struct record *r)
{
	return pass(r->sign); // want `warning: field "record.sign" is unsigned in fields`
}

/* The compiler loads two bytes from the start, the loader takes the byte with the field for the place. */
SEC("raw_tp/sched_switch")
int another_unit(struct record___unit *r)
{
	return r->late; // want `warning: field "record___unit.late" is bits`
}

SEC("raw_tp/sched_switch")
int bitfield_of_full_width(struct flags *f)
{
	number = f->plain; // want[libbpf] `error: field "flags.plain" is no bitfield in fields, bits 0 to 31 in the object`
	return 0;
}
