// kernels: recent ancient
// loaders: libbpf
#include "rule.h"

// example
SEC("fentry.s/__x64_sys_getpgid")
int not_injectable(void *ctx)
{
	return 0; // want[ancient] `error: program "not_injectable": a sleepable program cannot attach to __x64_sys_getpgid in ancient`
}

SEC("xdp.frags")
int fragments(void *ctx)
{
	return 2; // want[ancient] `error: program "fragments": BPF_F_XDP_HAS_FRAGS is not known in ancient`
}
// end example

SEC("uprobe.s")
int uprobe(void *ctx)
{
	return 0; // want[ancient] `error: program "uprobe": programs of its type cannot be sleepable`
}

SEC("tp.s/syscalls/sys_enter_getpid")
int tracepoint(void *ctx)
{
	return 0; // want[ancient] `error: program "tracepoint": programs of its type cannot be sleepable`
}

SEC("fmod_ret/do_unlinkat")
int modify(void *ctx)
{
	return 0; // want[ancient] `error: program "modify": the return value of do_unlinkat cannot be modified`
}

SEC("lsm.s/file_open")
int clean(void *ctx)
{
	return 0;
}
