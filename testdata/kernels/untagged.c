// A kernel like 6.1: kfuncs without tags, implicit arguments kept in prototypes.
#include "kernel.h"

struct bpf_kfunc_desc { u32 func_id; u64 addr; };
KEEP(kfunc_desc, struct bpf_kfunc_desc)
struct task_struct { unsigned int __state; int pid; };
struct bpf_prog_aux { u32 id; }; struct bpf_wq { u64 opaque[2]; };
FUNC(struct task_struct *, bpf_task_acquire, struct task_struct *p)
VOID_FUNC(bpf_task_release, struct task_struct *p)
FUNC(int, bpf_wq_set_callback, struct bpf_wq *wq, void *callback, u32 flags, struct bpf_prog_aux *aux)
FUNC(int, do_unlinkat, int dfd, struct sk_buff *name)
PER_CPU(struct rq, runqueues);
