// kernels: recent
// loaders: libbpf cilium aya
#include "rule.h"

extern int CONFIG_HZ __kconfig;

SEC("raw_tp/sched_switch")
int option(void *ctx)
{
	return CONFIG_HZ; // want[aya] `error: option "CONFIG_HZ" is in ".kconfig", and aya resolves no externs`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
