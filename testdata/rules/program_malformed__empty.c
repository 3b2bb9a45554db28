// loaders: libbpf cilium
#include "rule.h"

asm(".pushsection nothing, \"ax\", @progbits\nr0 = 0\nexit\n.popsection"); // want[cilium] section nothing: `error: section "nothing" has instructions and no function`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
