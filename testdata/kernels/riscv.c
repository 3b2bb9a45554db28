// A kernel like 7.3 for riscv64 with schedulers below schedulers.
#include "kernel.h"

enum bpf_attach_type { BPF_CGROUP_INET_INGRESS = 0, BPF_STRUCT_OPS = 44, __MAX_BPF_ATTACH_TYPE = 45 };
KEEP(attach_type, enum bpf_attach_type)
enum bpf_map_type { M(UNSPEC, 0), M(STRUCT_OPS, 26), M(ARENA, 33), M(RHASH, 35) };
KEEP(map_type, enum bpf_map_type)
struct bpf_struct_ops_common_value { refcount_t refcnt; int state; };
struct task_struct { int pid; };
struct sched_ext_ops {
	void (*enqueue)(struct task_struct *p, u64 enq_flags); void (*dispatch)(s32 cpu, struct task_struct *prev); char name[16];
};
STRUCT_OPS(sched_ext_ops)
VOID_FUNC(sched_ext_ops__enqueue, struct task_struct *p, u64 enq_flags)
VOID_FUNC(sched_ext_ops__dispatch, s32 cpu, struct task_struct *prev)
VOID_FUNC(scx_pstack_recursion_on_dispatch, int prog)
