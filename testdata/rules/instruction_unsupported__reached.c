// kernels: insns_v3 insns_v4
// cflags: -mcpu=v4
#include "rule.h"

struct late {
	int field;
} __core;

const volatile bool enabled;
signed char level;
__u64 flags;

static __noinline int part(int a, int b)
{
	return a / b; // want[insns_v3] `error: instruction "w\d s/= w\d" not found in insns_v3: signed division, since 6\.6$` want[insns_v3] `warning: .*signed division, since 6\.6; refused if reached`
}

SEC("tc")
int divides(void *ctx)
{
	return part(bpf_ktime_get_ns(), bpf_get_smp_processor_id());
}

SEC("tc")
int divides_if_enabled(void *ctx)
{
	if (enabled)
		return part(bpf_ktime_get_ns(), bpf_get_smp_processor_id());
	return 0;
}

/* The kernel looks at the opcodes of code that no path reaches, and not at its divisions. */
SEC("tc")
int asks_first(void *ctx)
{
	if (bpf_core_type_exists(struct late))
		return (signed char)bpf_ktime_get_ns(); // want[insns_v3] `note: instruction "[rw]\d = \(s8\)[rw]\d" not found in insns_v3: sign-extending move, since 6\.6; never reached`
	return 0;
}

SEC("tc")
int asks_in_vain(void *ctx)
{
	if (bpf_core_type_exists(struct late)) // want[insns_v3] `error: instruction "r\d = \*\(s8 \*\)\(r\d \+ 0\)" not found in insns_v3: sign-extending load`
		return level;
	return 0;
}

/* Before 5.12 the operation of an atomic store was looked at in dead code too. */
SEC("tc")
int asks_for_an_atomic(void *ctx)
{
	if (bpf_core_type_exists(struct late))
		asm volatile("r1 = %0 ll; .byte 0xdb, 0x10, 0, 0, 0, 1, 0, 0" :: "i"(&flags) : "r0", "r1"); // want[insns_v3] `error: instruction "r0 = load_acquire` want[insns_v4] `note: instruction "r0 = load_acquire.*since 6\.15; never reached`
	return 0;
}

/* What a relocation poisons is a call of no helper, and not the load that it was. */
struct gone {
	signed char field;
} __core;

SEC("tp_btf/sched_switch")
int reads_a_field_that_is_gone(struct gone **ctx)
{
	return ctx[0]->field;
}

SEC("tc")
int clean(void *ctx)
{
	return bpf_ktime_get_ns() > 1;
}
