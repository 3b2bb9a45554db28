// loaders: libbpf cilium
// cflags: -g0
// want object: `note: object has no BTF: no CO-RE relocations, reads stay at the offsets that the compiler saw; no source lines`
#include "rule.h"

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
