// kernels: old modern quirks
#include "rule.h"

struct rq { unsigned int nr_running; };
extern const struct rq runqueues __ksym __weak;
extern const int no_symbol __ksym __weak;

// example
SEC("raw_tp/sched_switch")
int functions_only(void *ctx)
{
	return bpf_this_cpu_ptr(&runqueues) == NULL; // want[old] `error: ksym "runqueues" has no address in old: BTF lists it, kallsyms does not`
}

SEC("raw_tp/sched_switch")
int not_listed(void *ctx)
{
	return &no_symbol != NULL; // want[quirks] `error: ksym "no_symbol" has no address in quirks: BTF lists it, kallsyms does not`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
