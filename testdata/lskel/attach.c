// Attach targets that are looked up, and an optional program.
#include "rule.h"

SEC("fentry/do_unlinkat")
int enters(void *ctx) { return 0; }

SEC("lsm/file_open")
int opens(void *ctx) { return 0; }

SEC("tp_btf/sched_switch")
int switches(void *ctx) { return 0; }

SEC("iter/task")
int walks(void *ctx) { return 0; }

SEC("?fentry/no_such_function")
int misses(void *ctx) { return 0; }
