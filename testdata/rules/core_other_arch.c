// kernels: arm64 modern
// loaders: libbpf cilium
#include "rule.h"

struct pt_regs {
	unsigned long di, si, ip;
} __core;
struct user_pt_regs {
	unsigned long regs[31];
} __core;

// example
SEC("kprobe/do_unlinkat")
int parameters(struct pt_regs *ctx)
{
	return ctx->di + ctx->si; // want[arm64] `error: field "pt_regs.di" and 2 more registers not found in arm64: it is arm64, the object built for x86`
}
// end example

SEC("kprobe/do_unlinkat")
int also_concerned(struct pt_regs *ctx)
{
	return ctx->ip;
}

SEC("kprobe/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
