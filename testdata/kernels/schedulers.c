// A kernel like 7.3 as far as its newest struct_ops types go: schedulers of both shapes, io_uring. No cgroup callbacks.
#include "kernel.h"

struct btf_type { u32 name_off; }; struct btf_member { u32 name_off; }; struct bpf_prog { u32 len; };
struct bpf_struct_ops { int (*check_member)(const struct btf_type *t, const struct btf_member *member, const struct bpf_prog *prog); };
KEEP(ops, struct bpf_struct_ops)
enum bpf_attach_type { BPF_CGROUP_INET_INGRESS = 0, BPF_STRUCT_OPS = 44, __MAX_BPF_ATTACH_TYPE = 45 };
KEEP(attach_type, enum bpf_attach_type)
enum bpf_map_type { M(UNSPEC, 0), M(STRUCT_OPS, 26), M(ARENA, 33), M(RHASH, 35) };
KEEP(map_type, enum bpf_map_type)
enum bpf_struct_ops_state { BPF_STRUCT_OPS_STATE_INIT, BPF_STRUCT_OPS_STATE_INUSE, BPF_STRUCT_OPS_STATE_READY = 3 };
struct bpf_struct_ops_common_value { refcount_t refcnt; enum bpf_struct_ops_state state; };
struct task_struct { int pid; };

struct sched_ext_ops {
	void (*enqueue)(struct task_struct *p, u64 enq_flags); s32 (*sub_attach)(void *args); s32 (*init)(void);
	u64 flags; char name[16];
};
STRUCT_OPS(sched_ext_ops)
struct sched_ext_ops_cid {
	void (*enqueue)(struct task_struct *p, u64 enq_flags); void (*cid_online)(s32 cid); s32 (*cpuctl_init)(void *css);
	void (*set_cmask)(struct task_struct *p); s32 (*sub_attach)(void *args); u64 flags; char name[16];
};
STRUCT_OPS(sched_ext_ops_cid)
VOID_FUNC(sched_ext_ops__enqueue, struct task_struct *p, u64 enq_flags) VOID_FUNC(sched_ext_ops__cpu_online, s32 cpu)
VOID_FUNC(sched_ext_ops_cid__set_cmask, struct task_struct *p) FUNC(s32, sched_ext_ops__sub_attach, void *args)
FUNC(s32, sched_ext_ops__init)
struct io_uring_bpf_ops { int (*loop_step)(void *ctx, void *params); u32 ring_fd; void *priv; };
STRUCT_OPS(io_uring_bpf_ops)
struct Qdisc_ops {
	int (*enqueue)(struct sk_buff *skb, int *sch, int *to_free); struct sk_buff *(*dequeue)(int *sch); int (*init)(int *sch);
	void (*reset)(int *sch); void (*destroy)(int *sch); char id[16];
};
STRUCT_OPS(Qdisc_ops)
FUNC(int, bpf_qdisc_validate, void *ops)
struct tcp_congestion_ops { u32 (*ssthresh)(struct sock *sk); u32 flags; char name[16]; };
STRUCT_OPS(tcp_congestion_ops)

FUNC(int, scx_kfunc_context_filter, const struct bpf_prog *prog, u32 id)
KFUNC(s32, scx_bpf_task_cpu, struct task_struct *p) KFUNC(s32, scx_bpf_cpu_node, s32 cpu)
