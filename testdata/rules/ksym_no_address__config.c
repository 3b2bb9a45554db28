// kernels: old modern
// symbols: unknown
#include "rule.h"

struct rq { unsigned int nr_running; };
extern const struct rq runqueues __ksym;

// The configuration tells that there are no symbols of variables.
SEC("raw_tp/sched_switch")
int functions_only(void *ctx)
{
	return bpf_this_cpu_ptr(&runqueues) == NULL; // want[old] `error: ksym "runqueues" has no address in old`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
