// kernels: modern untagged
// loaders: libbpf cilium
#include "rule.h"

// example
extern void jiffies __ksym;

SEC("raw_tp/sched_switch")
int typeless(void *ctx)
{
	return (long)&jiffies; // want[untagged,libbpf] `warning: ksym "jiffies" has the address 0 if untagged hides addresses as its symbols do` want[untagged,cilium] `warning: ksym "jiffies" is refused by cilium if untagged hides addresses as its symbols do`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
