// kernels: ops_old
// loaders: libbpf lskel
#include "rule.h"

// example
enum huge { HUGE = 1ULL << 40 };
enum huge chosen; // want[lskel] enum huge: `error: BTF has types of kind ENUM64, unknown in ops_old: they take 6.0`

SEC("tc")
int clean(void *ctx)
{
	return chosen == HUGE;
}
// end example
