// kernels: fields
// loaders: libbpf aya
// aya knows twelve kinds of relocations, and refuses an object with the thirteenth.
#include "rule.h"

struct record { int state; };

SEC("raw_tp/sched_switch")
int matches(void *ctx)
{
	return __builtin_preserve_type_info(*(struct record *)0, 2); // want[aya] `error: CO-RE relocation of struct "record" refused by aya: unknown relocation kind: type_matches`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
