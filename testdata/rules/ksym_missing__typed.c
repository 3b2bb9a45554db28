// kernels: old modern
#include "rule.h"

struct rq { unsigned int nr_running; };
extern const struct rq runqueues __ksym;
extern const int jiffies __ksym;
extern const int weak_jiffies __ksym __weak;
extern const struct rq runqueues___v2 __ksym;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	return (long)&jiffies; // want `error: ksym "jiffies" not found in BTF of`
}

SEC("raw_tp/sched_switch")
int weak(void *ctx)
{
	if (&weak_jiffies) // want `note: ksym "weak_jiffies" not found in BTF of [a-z]+; its address is 0`
		return weak_jiffies;
	return 0;
}

SEC("raw_tp/sched_switch")
int flavor(void *ctx)
{
	return (long)&runqueues___v2; // want `error: ksym "runqueues___v2" not found in BTF of`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_this_cpu_ptr(&runqueues) == NULL;
}
