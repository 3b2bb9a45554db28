// A kernel with what is rare: functions of one name, 300 kfuncs, variables that are not per-CPU or have no symbol.
#include "kernel.h"

#pragma clang diagnostic ignored "-Wmissing-prototypes"
KFUNC(int, bpf_once, int a)
__attribute__((overloadable)) int bpf_twice(int a) { return 0; }
__attribute__((overloadable)) int bpf_twice(void *a, int b) { return 0; }
#define KF(n) KFUNC(int, kf_##n, void)
#define KF10(n) KF(n##0) KF(n##1) KF(n##2) KF(n##3) KF(n##4) KF(n##5) KF(n##6) KF(n##7) KF(n##8) KF(n##9)
#define KF100(n) KF10(n##0) KF10(n##1) KF10(n##2) KF10(n##3) KF10(n##4) KF10(n##5) KF10(n##6) KF10(n##7) KF10(n##8) KF10(n##9)
KF100(0) KF100(1) KF100(2)
struct rq plain_rq = {};
PER_CPU(int, no_symbol);
PER_CPU(struct rq, runqueues);
