// Options and the version of the kernel.
#include "rule.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern int CONFIG_HZ __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern bool CONFIG_NO_SUCH_OPTION __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;
extern bool LINUX_HAS_BPF_COOKIE __kconfig;

SEC("socket")
int chooses(void *ctx)
{
	if (LINUX_KERNEL_VERSION < 0x050e00 || CONFIG_NO_SUCH_OPTION)
		return 0;
	return CONFIG_HZ + CONFIG_BPF_SYSCALL + CONFIG_DEFAULT_HOSTNAME[0] + LINUX_HAS_BPF_COOKIE;
}
