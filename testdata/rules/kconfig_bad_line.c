// kernels: quirks modern
// loaders: libbpf cilium
#include "rule.h"

// example
extern bool CONFIG_BPF __kconfig;

SEC("raw_tp/sched_switch")
int option(void *ctx)
{
	return CONFIG_BPF; // want[quirks,libbpf] `error: line 4 of the configuration of quirks has no value: "CONFIG_HZ="` want[quirks,cilium] `warning: line 4 of the configuration of quirks has no value: "CONFIG_HZ="; options behind it are lost`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
