// kernels: recent
// loaders: libbpf aya
#include "rule.h"

SEC("fentry")
int unnamed(void *ctx)
{
	return 0; // want `warning: program "unnamed" has no attach target: the application has to set one`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
