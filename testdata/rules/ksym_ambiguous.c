// kernels: modern quirks
// loaders: libbpf cilium
#include "rule.h"

extern void alias __ksym __weak;
extern void twice_defined __ksym __weak;
extern void bpf_prog_fops __ksym __weak;

// example
SEC("raw_tp/sched_switch")
int two_addresses(void *ctx)
{
	return (long)&twice_defined; // want[modern] `error: ksym "twice_defined" is ambiguous: kallsyms of modern has it at 2 addresses`
}
// end example

SEC("raw_tp/sched_switch")
int one_address(void *ctx)
{
	return (long)&alias; // want[quirks,cilium] `error: ksym "alias" is ambiguous: kallsyms of quirks has it several times`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return (long)&bpf_prog_fops;
}
