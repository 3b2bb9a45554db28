// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

struct module_only {
	int a;
};
struct point {
	int x;
};

// example
SEC("raw_tp/sched_switch")
int of_module(void *ctx)
{
	return __builtin_btf_type_id(*(struct module_only *)0, 1); // want[libbpf] `warning: id of struct "module_only" is that of a module in fields, and the kernel takes it for one of vmlinux` want[cilium] `error: id of struct "module_only" is that of a module in fields, which does not fit into an instruction`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return __builtin_btf_type_id(*(struct point *)0, 1);
}
// end example
