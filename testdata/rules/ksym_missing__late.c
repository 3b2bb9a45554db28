// kernels: modern
// loaders: libbpf cilium
// The symbols may have been listed before a module was loaded.
#include "rule.h"

extern void gone __ksym;
extern void weak_gone __ksym __weak;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	return (long)&gone; // want `warning: ksym "gone" not found in kallsyms of modern`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return &weak_gone != 0;
}
