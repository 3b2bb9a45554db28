// kernels: riscv arm64
#include "rule.h"

struct {
	__uint(type, MAP_ARENA);
	__uint(map_flags, 1 << 10);
	__uint(max_entries, 1);
} arena SEC(".maps");

struct {
	__uint(type, MAP_ARENA);
	__uint(map_flags, 1 << 10);
	__uint(max_entries, 1);
} second SEC(".maps"); // want map second: `error: map "second" is refused by libbpf: a second arena beside "arena"`

SEC(".addr_space.1") char globals[5000]; // want[riscv] map .addr_space.1: `5000 bytes of global variables in an arena of 1 pages`

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
