// kernels: recent
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("fentry/finish_task_switch")
int rewritten(void *ctx)
{
	return 0; // want `error: function "finish_task_switch" has no symbol in recent: the compiler renamed it to "finish_task_switch.isra.0"`
}
// end example

SEC("fexit/lost_without_a_trace")
int gone(void *ctx)
{
	return 0; // want `error: function "lost_without_a_trace" has no symbol in recent$`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
