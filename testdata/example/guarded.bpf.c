// The example of docs/quick-start.md: unlink.bpf.c, mended.
#include "rule.h"

extern __u64 scx_bpf_now(void) __ksym __weak;

__u64 last = 0;

SEC("fentry/do_unlinkat")
int on_unlink(void *ctx)
{
	if (bpf_ksym_exists(scx_bpf_now))
		last = scx_bpf_now();
	return 0;
}
