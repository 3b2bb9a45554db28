// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("fentry")
int nowhere(void *ctx)
{
	return 0; // want `warning: program "nowhere" has no attach target: the application has to set it before the load`
}

SEC("freplace/other")
int replacement(void *ctx)
{
	return 0; // want `warning: program "replacement" attaches to a BPF program, which the application has to name before the load`
}
// end example

SEC("fsession/do_unlinkat")
int session(void *ctx)
{
	return 0; // want[cilium] `error: program "session" is loaded by cilium without its attach target: no lookup for BPF_TRACE_FSESSION`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
