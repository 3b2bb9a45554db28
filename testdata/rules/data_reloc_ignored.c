// loaders: libbpf cilium
#include "rule.h"

// example
const char *const volatile names[] = { "read", "write" };

SEC("tc")
int table(void *ctx)
{
	return names[bpf_get_smp_processor_id() & 1] != NULL;
}
// end example
// want section .rodata: `warning: section ".rodata" has 2 relocations that no loader applies: its pointers are not valid`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
