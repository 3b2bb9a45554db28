// loaders: libbpf cilium
#include "rule.h"

// example
extern const void bpf_prog_fops __ksym;
extern const int jiffies __ksym __weak;
__u64 out;

SEC("raw_tp/sched_switch")
int typed(void *ctx)
{
	if (&jiffies) // want[libbpf] `error: weak ksym "jiffies" is in kallsyms of modern and not in BTF: it gets BTF id 0`
		out = jiffies;
	return 0;
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return (long)&bpf_prog_fops;
}
