// loaders: libbpf cilium
#include "rule.h"

// example
__attribute__((noinline, used)) int helper(void *ctx)
{
	return 0;
}

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int (void *));
} steps SEC(".maps") = { .values = { [0] = (void *)&helper } };
// end example
// want[libbpf] section .maps: `error: initial entry of map "steps" is "helper", which is no program`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
