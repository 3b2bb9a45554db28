// kernels: quirks
#include "rule.h"

struct rq { unsigned int nr_running; __u64 clock; };
extern const struct rq runqueues __ksym;
extern const struct rq plain_rq __ksym;

// example
SEC("raw_tp/sched_switch")
int direct(void *ctx)
{
	return runqueues.nr_running; // want `error: per-CPU ksym "runqueues" is accessed directly in quirks`
}

SEC("raw_tp/sched_switch")
int direct_behind_a_branch(void *ctx)
{
	if (ctx)
		return 0;
	return *(volatile __u64 *)&runqueues.clock; // want `warning: per-CPU ksym "runqueues" is accessed directly in quirks`
}

SEC("raw_tp/sched_switch")
int not_percpu(void *ctx)
{
	struct rq *rq = bpf_this_cpu_ptr(&plain_rq); // want `error: ksym "plain_rq" is passed to bpf_this_cpu_ptr and is not per-CPU in quirks`

	return rq->nr_running;
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0);

	return (rq ? rq->nr_running : 0) + plain_rq.nr_running;
}
