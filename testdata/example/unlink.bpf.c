// The example of the README.
#include "rule.h"

extern __u64 scx_bpf_now(void) __ksym;

__u64 last = 0;

SEC("fentry/do_unlinkat")
int on_unlink(void *ctx)
{
	last = scx_bpf_now();
	return 0;
}
