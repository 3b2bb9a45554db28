// kernels: ancient
// config: unknown
#include "rule.h"

SEC("fentry.s/__x64_sys_getpgid")
int clean(void *ctx)
{
	return 0;
}

SEC("uprobe.s")
int uprobe(void *ctx)
{
	return 0; // want `error: program "uprobe"`
}
