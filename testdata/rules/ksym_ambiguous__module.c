// kernels: modern
// loaders: libbpf cilium
// The second symbol is there while the module is loaded.
#include "rule.h"

extern void module_twin __ksym __weak;
extern void bpf_prog_fops __ksym __weak;

SEC("raw_tp/sched_switch")
int module(void *ctx)
{
	return (long)&module_twin; // want `warning: ksym "module_twin" is ambiguous: kallsyms of modern has it at 2 addresses`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return (long)&bpf_prog_fops;
}
