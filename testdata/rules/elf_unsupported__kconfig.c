// loaders: libbpf cilium
#include "rule.h"

extern int CONFIG_HZ __kconfig __weak;

SEC("tc")
int weak_extern(void *ctx)
{
	return CONFIG_HZ; // want[cilium] `error: option "CONFIG_HZ" is weak: cilium does not open such an object$`
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
