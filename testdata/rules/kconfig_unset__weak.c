// kernels: old modern
#include "rule.h"

extern bool CONFIG_SCHED_CLASS_EXT __kconfig __weak;
extern int CONFIG_HZ __kconfig;

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return CONFIG_SCHED_CLASS_EXT ? 0 : CONFIG_HZ;
}
