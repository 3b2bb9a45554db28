// A typed variable that is in the BTF of every kernel. To use it takes CONFIG_KALLSYMS_ALL.
#include "rule.h"

struct rq;
extern const struct rq runqueues __ksym;

SEC("raw_tp/sys_enter")
int reads(void *ctx)
{
	return bpf_per_cpu_ptr(&runqueues, 0) != NULL;
}
