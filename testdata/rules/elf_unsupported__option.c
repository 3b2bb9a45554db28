// kernels: modern
// loaders: libbpf cilium
#include "rule.h"

extern int CONFIG_HZ __kconfig;
extern bool CONFIG_SCHED_CLASS_EXT __kconfig __weak;

SEC("raw_tp/sched_switch")
int weak_option(void *ctx)
{
	return CONFIG_SCHED_CLASS_EXT; // want[cilium] `error: option "CONFIG_SCHED_CLASS_EXT" is weak`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return CONFIG_HZ;
}
