// loaders: libbpf cilium
// cflags: -fcommon
#include "rule.h"

int tentative;

SEC("tc")
int common(void *ctx)
{
	return tentative; // want[libbpf] `error: symbol "tentative" is in section SHN_COMMON, not in one of the object's own` want[cilium] `error: symbol "tentative" is in section SHN_COMMON, which it does not read`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
