#include "rule.h"

extern __u16 LINUX_KERNEL_VERSION __kconfig;
extern char LINUX_HAS_BPF_COOKIE[8] __kconfig;
extern int LINUX_HAS_WINGS __kconfig __weak;

SEC("raw_tp/sched_switch")
int version(void *ctx)
{
	return LINUX_KERNEL_VERSION; // want `error: "LINUX_KERNEL_VERSION" has no value with libbpf: "__u16" is too small for a version of 32 bits`
}

SEC("raw_tp/sched_switch")
int cookie(void *ctx)
{
	return LINUX_HAS_BPF_COOKIE[0]; // want `error: "LINUX_HAS_BPF_COOKIE" has no value with libbpf: "char\[8\]" holds no number`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return LINUX_HAS_WINGS;
}
