// loaders: libbpf cilium
#include "rule.h"

extern int LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern int LINUX_HAS_BPF_COOKIE __kconfig;
extern int LINUX_HAS_WINGS __kconfig;
extern int SOMETHING __kconfig;

// example
extern __u32 LINUX_KERNEL_VERSION __kconfig;

SEC("raw_tp/sched_switch")
int version(void *ctx)
{
	return LINUX_KERNEL_VERSION; // want[cilium] `error: "LINUX_KERNEL_VERSION" has no value with cilium: "__u32" is not a 32-bit integer type itself, such as int`
}

SEC("raw_tp/sched_switch")
int unknown(void *ctx)
{
	return LINUX_HAS_WINGS; // want `error: "LINUX_HAS_WINGS" is unknown to (libbpf|cilium)`
}
// end example

SEC("raw_tp/sched_switch")
int cookie(void *ctx)
{
	return LINUX_HAS_BPF_COOKIE; // want[cilium] `error: "LINUX_HAS_BPF_COOKIE" is unknown to cilium`
}

SEC("raw_tp/sched_switch")
int no_prefix(void *ctx)
{
	return SOMETHING; // want `error: "SOMETHING" is unknown to (libbpf|cilium)`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return LINUX_HAS_SYSCALL_WRAPPER;
}
