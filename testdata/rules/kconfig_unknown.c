// loaders: libbpf cilium
// config: unknown
#include "rule.h"

// example
extern int CONFIG_HZ __kconfig;

SEC("raw_tp/sched_switch")
int option(void *ctx)
{
	return CONFIG_HZ; // want `warning: "CONFIG_HZ" needs the configuration of modern, which is unknown`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
