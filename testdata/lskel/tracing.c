// Attach targets that the kernels of tests take without a trampoline.
#include "rule.h"

SEC("tp_btf/sched_switch")
int switches(void *ctx) { return 0; }

SEC("iter/task")
int walks(void *ctx) { return 0; }

SEC("kprobe/do_unlinkat")
int probes(void *ctx) { return 0; }

SEC("xdp")
int passes(void *ctx) { return 2; }
