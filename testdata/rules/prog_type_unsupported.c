// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("syscall")
int prepare(void *ctx)
{
	return 0; // want[ancient] `error: BPF_PROG_TYPE_SYSCALL of program "prepare" not found in ancient`
}

SEC("lirc_mode2")
int decode(void *ctx)
{
	return 0; // want `error: BPF_PROG_TYPE_LIRC_MODE2 of program "decode" is not compiled into (recent|ancient)`
}
// end example

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
