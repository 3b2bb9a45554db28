// kernels: recent
// loaders: aya
// One unknown section is enough for the whole object; it is told once.
#include "rule.h"

SEC("tc")
int first(void *ctx)
{
	return 0; // want `error: section "tc" stands for no program type in aya, which refuses the object`
}

SEC("tc")
int second(void *ctx)
{
	return 0;
}

SEC("?kprobe/do_unlinkat")
int marked(void *ctx)
{
	return 0; // want `error: section "\?kprobe/do_unlinkat" stands for no program type in aya, which refuses the object`
}

SEC("xdp/main")
int behind_a_slash(void *ctx)
{
	return 2; // want `error: section "xdp/main" stands for no program type in aya, which refuses the object`
}

SEC("classifier/main")
int clean(void *ctx)
{
	return 0;
}

__attribute__((section(".text.apart"))) __noinline int part(void)
{
	return 0;
}
