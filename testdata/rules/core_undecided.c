// kernels: fields
// loaders: libbpf cilium
#include "rule.h"

typedef int (*f0)(int);
#define DOUBLE(to, from) typedef int (*to)(from, from);
DOUBLE(f1, f0) DOUBLE(f2, f1) DOUBLE(f3, f2) DOUBLE(f4, f3) DOUBLE(f5, f4) DOUBLE(f6, f5) DOUBLE(f7, f6) DOUBLE(f8, f7)
DOUBLE(f9, f8) DOUBLE(f10, f9) DOUBLE(f11, f10) DOUBLE(f12, f11) DOUBLE(f13, f12) DOUBLE(f14, f13) DOUBLE(f15, f14)
DOUBLE(f16, f15) DOUBLE(f17, f16) DOUBLE(f18, f17) DOUBLE(f19, f18) DOUBLE(f20, f19) DOUBLE(f21, f20) DOUBLE(f22, f21)

// example
SEC("raw_tp/sched_switch")
int endless(void *ctx)
{
	return bpf_core_type_exists(f22); // want[libbpf] `warning: typedef "f22" too large to be compared with that of fields`
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
