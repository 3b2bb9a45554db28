#include "rule.h"

struct rq { unsigned int nr_running; };

// example
extern const int runqueues __ksym;
extern const struct rq numa_node __ksym __weak;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	return (long)&runqueues; // want `error: ksym "runqueues" has another type in modern: "struct rq", not "const int"`
}

SEC("raw_tp/sched_switch")
int weak_too(void *ctx)
{
	return &numa_node != NULL; // want `error: ksym "numa_node" has another type in modern: "int", not "const struct rq"`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
