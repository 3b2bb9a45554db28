// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct late {
	int a;
};
struct ring {
	int size;
};

// example
SEC("raw_tp/sched_switch")
int size_is_used(void *ctx)
{
	return bpf_core_type_size(struct late); // want[libbpf] `warning: size of struct "late" is 0: not found in fields`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	if (bpf_core_type_exists(struct late))
		return bpf_core_type_size(struct late);
	return bpf_core_type_size(struct ring);
}
// end example

SEC("raw_tp/sched_switch")
int id_is_used(void *ctx)
{
	return __builtin_btf_type_id(*(struct late *)0, 1); // want[libbpf] `warning: id of struct "late" is 0: not found in fields`
}

SEC("raw_tp/sched_switch")
int size_is_tested(void *ctx)
{
	if (bpf_core_type_size(struct late) > 4) // want[libbpf] `note: size of struct "late" is 0: not found in fields`
		return bpf_get_smp_processor_id();
	return 0;
}
