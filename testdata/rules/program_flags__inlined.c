// kernels: inlined
// One name that is absent is no proof where another tells that the kernel is newer.
#include "rule.h"

SEC("xdp.frags")
int fragments(void *ctx)
{
	return 2;
}

SEC("uprobe.s")
int uprobe(void *ctx)
{
	return 0;
}

SEC("tp.s/syscalls/sys_enter_getpid")
int tracepoint(void *ctx)
{
	return 0;
}

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
