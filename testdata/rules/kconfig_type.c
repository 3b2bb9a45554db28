// loaders: libbpf cilium
#include "rule.h"

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };
struct rate { int hz; };

// example
extern struct rate CONFIG_HZ __kconfig;
extern enum libbpf_tristate CONFIG_NF_CONNTRACK __kconfig;

SEC("raw_tp/sched_switch")
int of_struct(void *ctx)
{
	return CONFIG_HZ.hz; // want[libbpf] `error: "CONFIG_HZ" has no value with libbpf: "struct rate" is no type for .kconfig`
}
// end example

extern struct undefined CONFIG_BPF __kconfig;

SEC("raw_tp/sched_switch")
int without_size(void *ctx)
{
	return (long)&CONFIG_BPF; // want[cilium] `error: "CONFIG_BPF" has no value with cilium: "struct undefined" has no size`  want[libbpf] `error: "CONFIG_BPF" has no value with libbpf`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return CONFIG_NF_CONNTRACK == TRI_MODULE;
}
