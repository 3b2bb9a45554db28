// kernels: quirks
// loaders: libbpf cilium
#include "rule.h"

#define X10(n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
#define X100(n) X10(n##0) X10(n##1) X10(n##2) X10(n##3) X10(n##4) X10(n##5) X10(n##6) X10(n##7) X10(n##8) X10(n##9)
#define X(n) extern int kf_##n(void) __ksym;
X100(0) X100(1) X100(2)
#undef X
#define X(n) sum += kf_##n();

// example
SEC("raw_tp/sched_switch")
int too_many(void *ctx)
{
	int sum = 0;

	X100(0) X100(1) X100(2) // want `error: program "too_many" calls 300 different kfuncs; quirks admits 256`
	return sum;
}
// end example

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	int sum = 0;

	X100(0) X100(1)
	return sum;
}
