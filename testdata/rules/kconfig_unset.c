// kernels: old modern
// loaders: libbpf cilium
#include "rule.h"

extern int CONFIG_HZ __kconfig;

// example
extern bool CONFIG_SCHED_CLASS_EXT __kconfig;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	return CONFIG_SCHED_CLASS_EXT; // want `error: "CONFIG_SCHED_CLASS_EXT" is not set in the configuration of`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
