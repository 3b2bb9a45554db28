// kernels: insns_first insns_v3 insns_v4 insns_untold recent
// loaders: libbpf cilium
// cflags: -mcpu=v4
#include "rule.h"

__u64 flags, hits;
int divisor = 3;
signed char level;

// example
SEC("tc")
int takes_a_result(void *ctx)
{
	if (bpf_ktime_get_ns() == 0)
		return __sync_fetch_and_or(&flags, 1) & 1; // want[insns_first,insns_v3] `error: instruction "r\d = atomic_fetch_or\(\(u64 \*\)\(r\d \+ 0\), r\d\)" not found in insns_(first|v3): atomic operation, since 5\.12$` want[insns_untold] `warning: instruction "r\d = atomic_fetch_or.*untraced in insns_untold: atomic operation; refused before 5\.12$`
	return 0;
}

SEC("tc")
int counts(void *ctx)
{
	__atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);
	return 0;
}

SEC("tc")
int extends_the_sign(void *ctx)
{
	return level; // want[insns_first,insns_v3] `error: instruction "r\d = \*\(s8 \*\)\(r\d \+ 0\)" not found in insns_(first|v3): sign-extending load, since 6\.6$` want[insns_untold] `warning: .*sign-extending load; refused before 6\.6$`
}
// end example

SEC("tc")
int divides_signed(void *ctx)
{
	return (int)bpf_ktime_get_ns() / divisor; // want[insns_first,insns_v3] `error: instruction "w\d s/= w\d" not found in insns_(first|v3): signed division, since 6\.6$` want[insns_untold] `warning: .*signed division; refused before 6\.6$`
}

SEC("tc")
int moves(void *ctx)
{
	return (signed char)bpf_ktime_get_ns(); // want[insns_first,insns_v3] `error: instruction "[rw]\d = \(s8\)[rw]\d" not found in insns_(first|v3): sign-extending move, since 6\.6$` want[insns_untold] `warning: .*sign-extending move; refused before 6\.6$`
}

SEC("tc")
int swaps(void *ctx)
{
	return __builtin_bswap64(bpf_ktime_get_ns()); // want[insns_first,insns_v3] `error: instruction "r\d = bswap64 r\d" not found in insns_(first|v3): byte swap, since 6\.6$` want[insns_untold] `warning: .*byte swap; refused before 6\.6$`
}

SEC("tc")
int jumps_far(void *ctx)
{
	asm volatile("gotol +0"); // want[insns_first] `error: instruction "gotol \+0" not found in insns_first: long jump, since 6\.6 and 6\.1\.71$` want[insns_v3,insns_untold] `warning: .*long jump; refused before 6\.6 and 6\.1\.71$`
	return 0;
}

SEC("tc")
int loops(void *ctx)
{
	asm volatile("may_goto +0"); // want[insns_first,insns_v3] `error: instruction "may_goto \+0" not found in insns_(first|v3): may_goto, since 6\.9$` want[insns_untold] `warning: .*may_goto; refused before 6\.9$`
	return 0;
}

SEC("tc")
int casts(void *ctx)
{
	asm volatile("r1 = addr_space_cast(r1, 0, 1)" ::: "r1"); // want[insns_first,insns_v3] `error: instruction "r1 = addr_space_cast\(r1, 0, 1\)" not found in insns_(first|v3): cast of an arena's pointer, since 6\.9$` want[insns_untold] `warning: .*cast of an arena's pointer; refused before 6\.9$`
	return 0;
}

/* r0 = load_acquire((u64 *)(r1 + 0)), and of a byte: clang learnt it after 19 */
SEC("tc")
int loads(void *ctx)
{
	asm volatile("r1 = %0 ll" :: "i"(&flags) : "r1");
	asm volatile(".byte 0xdb, 0x10, 0, 0, 0, 1, 0, 0" ::: "r0"); // want[insns_first,insns_v3,insns_v4] `error: instruction "r0 = load_acquire\(\(u64 \*\)\(r1 \+ 0\)\)" not found in insns_(first|v3|v4): load-acquire, since 6\.15$` want[insns_untold] `warning: .*load-acquire; refused before 6\.15$`
	return 0;
}

SEC("tc")
int stores(void *ctx)
{
	asm volatile("r1 = %0 ll" :: "i"(&flags) : "r1");
	asm volatile(".byte 0xd3, 0x01, 0, 0, 0x10, 1, 0, 0"); // want[insns_first,insns_v3,insns_v4] `error: instruction "store_release\(\(u8 \*\)\(r1 \+ 0\), w0\)" not found in insns_(first|v3|v4): store-release, since 6\.15$` want[insns_untold] `warning: .*store-release; refused before 6\.15$`
	return 0;
}

SEC("tc")
int jumps_into_nowhere(void *ctx)
{
	asm volatile(".byte 0x0d, 1, 0, 0, 0, 0, 0, 0"); // want[insns_first,insns_v3,insns_v4,insns_untold] `error: instruction "gotox r1" not found in insns_(first|v3|v4|untold): indirect jump, since 6\.19$`
	return 0;
}

__noinline int in_no_program(void *ctx)
{
	return level;
}

SEC("tc")
int clean(void *ctx)
{
	return bpf_ktime_get_ns() % 3;
}
