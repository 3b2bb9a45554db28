// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("cgroup/sendmsg_unix")
int refused_at_load(void *ctx)
{
	return 1; // want[ancient] `error: BPF_CGROUP_UNIX_SENDMSG of program "refused_at_load" not found in ancient$`
}

SEC("kprobe.multi/do_*")
int refused_when_attached(void *ctx)
{
	return 0; // want[ancient] `warning: BPF_TRACE_KPROBE_MULTI of program .* not found in ancient; it loads, but does not attach`
}
// end example

SEC("fsession/do_unlinkat")
int session(void *ctx)
{
	return 0; // want[ancient] `error: BPF_TRACE_FSESSION`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
