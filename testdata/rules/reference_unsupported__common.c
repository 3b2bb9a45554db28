// loaders: libbpf cilium
// cflags: -fcommon
#include "rule.h"

int tentative;

SEC("tc")
int common(void *ctx)
{
	return tentative; // want[libbpf] `error: variable "tentative" is in section SHN_COMMON, not in one of the object's own` want[cilium] `error: variable "tentative" is in section SHN_COMMON, which is not loaded`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
