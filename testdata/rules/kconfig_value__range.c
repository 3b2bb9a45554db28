// kernels: old modern
// loaders: libbpf cilium
#include "rule.h"

extern unsigned char CONFIG_HZ __kconfig;

SEC("raw_tp/sched_switch")
int too_small(void *ctx)
{
	return CONFIG_HZ; // want[old] `error: "CONFIG_HZ" in old: value 1000 does not fit type "unsigned char"`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
