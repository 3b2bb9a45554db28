// kernels: old modern
#include "rule.h"

struct rq { unsigned int nr_running; };
extern const struct rq runqueues __ksym;
extern const int jiffies __ksym;
extern const int weak_jiffies __ksym __weak;
extern const struct rq runqueues___v2 __ksym;
extern const struct rq weak_percpu __ksym __weak;
extern const int weak_gone_int __ksym __weak;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	return (long)&jiffies; // want `error: ksym "jiffies" not found in BTF of`
}

SEC("raw_tp/sched_switch")
int weak(void *ctx)
{
	if (&weak_jiffies)
		return weak_jiffies; // want `note: weak ksym "weak_jiffies" not found in BTF of [a-z]+ is read: its address is 0; never reached`
	return 0;
}

SEC("raw_tp/sched_switch")
int unguarded(void *ctx)
{
	return weak_jiffies; // want `error: weak ksym "weak_jiffies" not found in BTF of [a-z]+ is read: its address is 0$`
}

SEC("raw_tp/sched_switch")
int passed(void *ctx)
{
	return bpf_this_cpu_ptr(&weak_percpu) == NULL; // want `error: weak ksym "weak_percpu" not found in BTF of [a-z]+ is passed to bpf_this_cpu_ptr`
}

SEC("raw_tp/sched_switch")
int tests_only(void *ctx)
{
	return &weak_gone_int ? 1 : 0; // want `note: ksym "weak_gone_int" not found in BTF of [a-z]+; its address is 0`
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
