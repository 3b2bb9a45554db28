// A kernel like 7.2 as far as contexts go: kfuncs with filters, subsystems that check what registers with them.
#include "kernel.h"

enum bpf_attach_type {
	BPF_TRACE_RAW_TP = 23, BPF_TRACE_FENTRY = 24, BPF_TRACE_FEXIT = 25, BPF_MODIFY_RETURN = 26, BPF_LSM_MAC = 27,
	BPF_STRUCT_OPS = 44, BPF_TRACE_KPROBE_SESSION = 56, BPF_TRACE_UPROBE_SESSION = 57, __MAX_BPF_ATTACH_TYPE = 58,
};
KEEP(attach_type, enum bpf_attach_type)
struct btf_type { u32 name_off; }; struct btf_member { u32 name_off; }; struct bpf_prog { u32 len; };
struct bpf_struct_ops { int (*check_member)(const struct btf_type *t, const struct btf_member *member, const struct bpf_prog *prog); };
KEEP(ops, struct bpf_struct_ops)
enum bpf_struct_ops_state { BPF_STRUCT_OPS_STATE_INIT, BPF_STRUCT_OPS_STATE_INUSE, BPF_STRUCT_OPS_STATE_READY = 3 };
struct bpf_struct_ops_common_value { refcount_t refcnt; enum bpf_struct_ops_state state; };
struct task_struct { int pid; };
struct pair { u64 a; u64 b; };

enum scx_ops_flags {
	SCX_OPS_KEEP_BUILTIN_IDLE = 1, SCX_OPS_ENQ_LAST = 2, SCX_OPS_SWITCH_PARTIAL = 8, SCX_OPS_BUILTIN_IDLE_PER_NODE = 64,
	SCX_OPS_ALL_FLAGS = 75,
};
KEEP(scx_flags, enum scx_ops_flags)
struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags); void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*tick)(struct task_struct *p); void (*update_idle)(s32 cpu, bool idle); s32 (*init)(void);
	u32 dispatch_max_batch; u64 flags; u32 timeout_ms; char name[16];
};
STRUCT_OPS(sched_ext_ops)
struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *sk); void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
	void (*cong_control)(struct sock *sk, u32 ack, int flag); u32 (*undo_cwnd)(struct sock *sk); char name[16]; u32 flags;
	void (*pair)(struct pair pair, int last);
};
STRUCT_OPS(tcp_congestion_ops)
struct Qdisc_ops {
	int (*enqueue)(struct sk_buff *skb, int *sch, int *to_free); struct sk_buff *(*dequeue)(int *sch); int (*init)(int *sch);
	void (*reset)(int *sch); void (*destroy)(int *sch); char id[16];
};
STRUCT_OPS(Qdisc_ops)
FUNC(int, Qdisc_ops__enqueue, struct sk_buff *skb__ref, int *sch, int *to_free) FUNC(struct sk_buff *, Qdisc_ops__dequeue, int *sch)
FUNC(int, Qdisc_ops__init, int *sch) VOID_FUNC(Qdisc_ops__reset, int *sch) VOID_FUNC(Qdisc_ops__destroy, int *sch)
struct hid_bpf_ops { int hid_id; u32 flags; int (*hid_rdesc_fixup)(int *ctx); };
STRUCT_OPS(hid_bpf_ops)
struct smc_hs_ctrl { char name[16]; int flags; int (*syn_option)(struct sock *sk); };
STRUCT_OPS(smc_hs_ctrl)
struct bpf_dummy_ops { int (*test_1)(int *state); };
STRUCT_OPS(bpf_dummy_ops)

FUNC(int, scx_kfunc_context_filter, const struct bpf_prog *prog, u32 id) FUNC(int, bpf_qdisc_kfunc_filter, const struct bpf_prog *prog, u32 id)
FUNC(int, bpf_session_filter, const struct bpf_prog *prog, u32 id)
VOID_KFUNC(bpf_task_release, struct task_struct *p)
KFUNC(int, bpf_copy_from_user_str, void *dst, u32 size, const void *src, u64 flags)
KFUNC(int, scx_bpf_create_dsq, u64 id, s32 node) KFUNC(u64, scx_bpf_now) KFUNC(u64 *, bpf_session_cookie)
VOID_KFUNC(bpf_qdisc_skb_drop, struct sk_buff *skb, int *to_free)
VOID_KFUNC(bpf_arena_free_pages, void *map, void *ptr, u32 count)
FUNC(int, do_unlinkat, int dfd, struct sk_buff *name) VOID_FUNC(no_arguments)
TRACEPOINT(sched_switch, bool, struct task_struct *, struct task_struct *, unsigned int)
LSM_HOOK(file_open, struct sock *file)
