// kernels: recent ancient
#include "rule.h"

// example
SEC(".jumptables")
const long table[2] = { 3, 5 };

SEC("tc")
int switches(void *ctx)
{
	long *entry;

	asm volatile("%0 = table ll" : "=r"(entry)); // want[ancient] `error: jump table of function "switches" needs BPF_MAP_TYPE_INSN_ARRAY, not found in ancient`
	return entry != NULL;
}
// end example

__noinline int in_no_program(void)
{
	long *entry;

	asm volatile("%0 = table ll" : "=r"(entry));
	return entry != NULL;
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
