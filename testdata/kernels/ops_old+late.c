// A module of toy kernel ops_old with a struct_ops type, which that kernel does not support in modules.
#include "kernel.h"

struct late_ops { int (*run)(int cpu); };
struct bpf_struct_ops_late_ops { refcount_t refcnt; int state; struct late_ops data __attribute__((aligned(64))); };
KEEP(value_late_ops, struct bpf_struct_ops_late_ops)
