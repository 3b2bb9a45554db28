// kernels: recent
// config: unknown
#include "rule.h"

SEC("fexit/lost_without_a_trace")
int gone(void *ctx)
{
	return 0; // want `warning: function "lost_without_a_trace" has no symbol in recent$`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
