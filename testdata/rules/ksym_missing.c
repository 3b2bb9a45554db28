// kernels: modern quirks
// modules: none
// loaders: libbpf cilium
#include "rule.h"

extern void bpf_prog_fops __ksym;
extern void lto_var __ksym;
extern void gone __ksym;
extern void weak_gone __ksym __weak;
extern void untested_gone __ksym __weak;
extern void jiffies___v2 __ksym;
__u64 out;

// example
SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	return (long)&gone; // want `error: ksym "gone" not found in kallsyms of`
}

SEC("raw_tp/sched_switch")
int tested(void *ctx)
{
	if (&weak_gone) // want `note: ksym "weak_gone" not found in kallsyms of [a-z]+; its address is 0`
		out = 1;
	return 0;
}

SEC("raw_tp/sched_switch")
int untested(void *ctx)
{
	out = *(__u64 *)&untested_gone; // want `warning: ksym "untested_gone" not found in kallsyms of [a-z]+; its address is 0 and is not tested`
	return 0;
}
// end example

SEC("raw_tp/sched_switch")
int flavor(void *ctx)
{
	return (long)&jiffies___v2; // want `error: ksym "jiffies___v2" not found in kallsyms of`
}

SEC("raw_tp/sched_switch")
int lto(void *ctx)
{
	return (long)&lto_var; // want[modern] `error: ksym "lto_var" not found in kallsyms of modern` want[quirks,cilium] `error: ksym "lto_var" not found in kallsyms of quirks`
}

SEC("raw_tp/sched_switch")
int on_modern(void *ctx)
{
	return (long)&bpf_prog_fops; // want[quirks] `error: ksym "bpf_prog_fops" not found in kallsyms of quirks`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
