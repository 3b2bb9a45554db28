#include "rule.h"

SEC(".addr_space.1") int global; // want map .addr_space.1: `global variables of an arena without a map of type BPF_MAP_TYPE_ARENA`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
