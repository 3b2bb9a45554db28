// loaders: libbpf cilium
#include "rule.h"

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

asm(".pushsection .maps, \"aw\", @progbits\n.globl stray\n.type stray, @object\nstray: .quad 0\n.size stray, 8\n.popsection"); // want[cilium] section .maps: `error: section ".maps" has 2 symbols and 1 variables in BTF`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
