// targets: bpfeb
// loaders: libbpf cilium
// want object: `error: object is big endian, modern is little endian`
#include "rule.h"

// example
SEC("xdp")
int pass(void *ctx)
{
	return 2;
}
// end example
