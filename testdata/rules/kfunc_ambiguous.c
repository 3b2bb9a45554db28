// kernels: quirks
// loaders: libbpf cilium
#include "rule.h"

// example
extern int bpf_twice(int a) __ksym;
extern int bpf_once(int a) __ksym;

SEC("raw_tp/sched_switch")
int twice(void *ctx)
{
	return bpf_twice(1); // want[libbpf] `warning: kfunc "bpf_twice" is ambiguous: BTF of quirks has 2 functions of that name` want[cilium] `error: kfunc "bpf_twice" is ambiguous: BTF of quirks has 2 functions of that name`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_once(1);
}
