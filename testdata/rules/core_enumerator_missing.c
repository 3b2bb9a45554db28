// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

enum speed {
	SPEED_SLOW = 1,
	SPEED_FASTER = 2,
	ELSEWHERE = 3,
	NOWHERE = 4,
};
enum unknown {
	UNKNOWN = 1,
};

// example
SEC("kprobe/do_unlinkat")
int missing(void *ctx)
{
	return bpf_core_enum_value(enum speed, NOWHERE); // want `error: enumerator "NOWHERE" not found in fields: enum "speed" has no enumerator "NOWHERE"`
}

SEC("kprobe/do_unlinkat")
int asked_first(void *ctx)
{
	if (bpf_core_enum_value_exists(enum speed, NOWHERE))
		return bpf_core_enum_value(enum speed, NOWHERE); // want `note: enumerator "NOWHERE" not found in fields: .*; never reached`
	return bpf_get_smp_processor_id();
}
// end example

SEC("kprobe/do_unlinkat")
int misspelt(void *ctx)
{
	return bpf_core_enum_value(enum speed, SPEED_FASTER); // want `error: enumerator "SPEED_FASTER" not found in fields; enum "speed" has "SPEED_FAST"`
}

SEC("kprobe/do_unlinkat")
int other_enum(void *ctx)
{
	return bpf_core_enum_value(enum speed, ELSEWHERE); // want `error: enumerator "ELSEWHERE" not found in fields; it is in enum "other"`
}

SEC("kprobe/do_unlinkat")
int no_enum(void *ctx)
{
	return bpf_core_enum_value(enum unknown, UNKNOWN); // want `error: enumerator "UNKNOWN" not found in fields: there is no enum "unknown"`
}

SEC("kprobe/do_unlinkat")
int behind_missing(void *ctx) // want `error: enumerator "UNKNOWN" not found in fields`
{
	int first = bpf_core_enum_value(enum unknown, UNKNOWN);
	if (bpf_get_smp_processor_id() > first) // want `note: enumerator "NOWHERE" not found in fields: .*; never reached`
		return bpf_core_enum_value(enum speed, NOWHERE);
	return first;
}

SEC("kprobe/do_unlinkat")
int clean(void *ctx)
{
	return bpf_core_enum_value(enum speed, SPEED_SLOW);
}
