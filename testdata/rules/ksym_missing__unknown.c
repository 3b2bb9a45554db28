// loaders: libbpf cilium
// symbols: unknown
// modules: unknown
#include "rule.h"

struct rq { unsigned int nr_running; };
extern void jiffies __ksym;
extern const struct rq runqueues __ksym;
extern const struct rq elsewhere __ksym;

SEC("raw_tp/sched_switch")
int typeless(void *ctx)
{
	return (long)&jiffies; // want `warning: ksym "jiffies" is looked up in the symbols of modern, which are unknown`
}

SEC("raw_tp/sched_switch")
int typed(void *ctx)
{
	return (long)&elsewhere; // want[libbpf] `warning: ksym "elsewhere" not found in vmlinux of modern$`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return (long)&runqueues;
}
