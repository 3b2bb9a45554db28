// loaders: libbpf cilium
#include "rule.h"

extern int listed_later(int x);
extern __u64 scx_bpf_now(void) __ksym;

// example
extern int forgotten(int x);

SEC("raw_tp/sched_switch")
int no_section(void *ctx)
{
	return forgotten(1); // want[libbpf] `error: extern "forgotten" cannot be resolved by libbpf: it is in no section` want[cilium] `error: extern "forgotten" cannot be resolved by cilium: no section .ksyms declares it`
}
// end example

SEC("raw_tp/sched_switch")
int no_btf(void *ctx)
{
	int x;

	asm volatile("call from_assembly; %0 = r0" : "=r"(x) :: "r0", "r1", "r2", "r3", "r4", "r5"); // want[libbpf] `error: extern "from_assembly" cannot be resolved by libbpf: no BTF declares it` want[cilium] `error: extern "from_assembly" cannot be resolved by cilium: no section .ksyms`
	return x;
}

extern int function_option(void) __kconfig;

SEC("raw_tp/sched_switch")
int kconfig_function(void *ctx)
{
	return function_option(); // want `error: extern "function_option" cannot be resolved by [a-z]+: a function has no value in .kconfig`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return scx_bpf_now();
}
