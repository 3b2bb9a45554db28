// targets: bpfel
// loaders: libbpf cilium
#include "rule.h"

SEC("xdp")
int pass(void *ctx)
{
	return 2;
}
