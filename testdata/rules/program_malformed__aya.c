// kernels: recent
// loaders: libbpf aya
// A static program is one like any other, two at one place of .text are none.
#include "rule.h"

SEC("socket")
__attribute__((used)) static int local(void *ctx)
{
	return 0; // want[libbpf] `error: function "local" is static and in section "socket"`
}

SEC("socket")
int clean(void *ctx)
{
	return 0;
}
