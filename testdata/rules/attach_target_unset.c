// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("fentry")
int nowhere(void *ctx)
{
	return 0; // want `warning: program "nowhere" has no attach target: the application has to set one`
}

SEC("freplace/other")
int replacement(void *ctx)
{
	return 0; // want `warning: program "replacement" attaches to a BPF program that the application has to name`
}
// end example

SEC("fsession/do_unlinkat")
int session(void *ctx)
{
	return 0; // want[cilium] `error: program "session" gets no attach target from cilium: no lookup for BPF_TRACE_FSESSION`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
