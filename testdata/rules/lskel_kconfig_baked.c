// loaders: libbpf lskel
#include "rule.h"

// example
extern int LINUX_KERNEL_VERSION __kconfig;

SEC("raw_tp/sched_switch")
int guesses(void *ctx)
{
	return LINUX_KERNEL_VERSION >= 0x060400; // want[lskel] `warning: "LINUX_KERNEL_VERSION" is that of the machine which generates the skeleton, not of`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
