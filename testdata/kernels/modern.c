// A kernel like 7.2: tagged kfuncs, twins with implicit arguments, several struct_ops types.
#include "kernel.h"

enum bpf_prog_type {
	P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(KPROBE, 2), P(SCHED_CLS, 3), P(SCHED_ACT, 4), P(TRACEPOINT, 5), P(XDP, 6),
	P(PERF_EVENT, 7), P(CGROUP_SKB, 8), P(CGROUP_SOCK, 9), P(SOCK_OPS, 13), P(RAW_TRACEPOINT, 17), P(CGROUP_SOCK_ADDR, 18),
	P(LIRC_MODE2, 20), P(RAW_TRACEPOINT_WRITABLE, 24), P(CGROUP_SOCKOPT, 25), P(TRACING, 26), P(STRUCT_OPS, 27),
	P(EXT, 28), P(LSM, 29), P(SK_LOOKUP, 30), P(SYSCALL, 31), P(NETFILTER, 32),
};
enum bpf_map_type {
	M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2), M(PROG_ARRAY, 3), M(PERF_EVENT_ARRAY, 4), M(PERCPU_HASH, 5),
	M(PERCPU_ARRAY, 6), M(STACK_TRACE, 7), M(LRU_HASH, 9), M(LPM_TRIE, 11), M(ARRAY_OF_MAPS, 12), M(HASH_OF_MAPS, 13),
	M(SK_STORAGE, 24), M(STRUCT_OPS, 26), M(RINGBUF, 27), M(INODE_STORAGE, 28), M(TASK_STORAGE, 29), M(BLOOM_FILTER, 30),
	M(USER_RINGBUF, 31), M(CGRP_STORAGE, 32), M(ARENA, 33), M(INSN_ARRAY, 34), __MAX_BPF_MAP_TYPE = 35,
};
enum bpf_attach_type {
	BPF_CGROUP_INET_INGRESS = 0, BPF_CGROUP_INET_EGRESS = 1, BPF_TRACE_RAW_TP = 23, BPF_TRACE_FENTRY = 24,
	BPF_TRACE_FEXIT = 25, BPF_MODIFY_RETURN = 26, BPF_LSM_MAC = 27, BPF_TRACE_ITER = 28, BPF_XDP = 37, BPF_PERF_EVENT = 41,
	BPF_TRACE_KPROBE_MULTI = 42, BPF_LSM_CGROUP = 43, BPF_STRUCT_OPS = 44, BPF_NETFILTER = 45, BPF_TCX_INGRESS = 46,
	BPF_TCX_EGRESS = 47, BPF_TRACE_KPROBE_SESSION = 56, BPF_TRACE_FSESSION = 58, __MAX_BPF_ATTACH_TYPE = 59,
};
enum bpf_func_id {
	H(unspec, 0), H(map_lookup_elem, 1), H(map_update_elem, 2), H(map_delete_elem, 3), H(ktime_get_ns, 5), H(trace_printk, 6),
	H(get_smp_processor_id, 8), H(tail_call, 12), H(get_current_pid_tgid, 14), H(get_current_task, 35),
	H(probe_read_user, 112), H(probe_read_kernel, 113), H(ringbuf_reserve, 131), H(ringbuf_submit, 132),
	H(per_cpu_ptr, 153), H(this_cpu_ptr, 154), H(get_current_task_btf, 158), H(for_each_map_elem, 164),
	H(get_func_ip, 173), H(loop, 181), H(cgrp_storage_get, 210), __BPF_FUNC_MAX_ID = 212,
};
ENUMS()
struct task_struct { unsigned int __state; int pid; int tgid; char comm[16]; };
struct bpf_ctx_convert { /* LIRC_MODE2: not compiled in */
	CTX(SOCKET_FILTER, struct __sk_buff, struct sk_buff); CTX(SCHED_CLS, struct __sk_buff, struct sk_buff);
	CTX(XDP, struct xdp_md, struct xdp_md); CTX(KPROBE, struct pt_regs, struct pt_regs); CTX(TRACEPOINT, u64, u64);
	CTX(RAW_TRACEPOINT, u64, u64); CTX(TRACING, void *, void *); CTX(STRUCT_OPS, void *, void *); CTX(LSM, void *, void *);
	CTX(EXT, void *, void *); CTX(SYSCALL, void *, void *); CTX(NETFILTER, u64, u64);
};
KEEP(ctx, struct bpf_ctx_convert)
enum bpf_struct_ops_state { BPF_STRUCT_OPS_STATE_INIT, BPF_STRUCT_OPS_STATE_INUSE, BPF_STRUCT_OPS_STATE_READY = 3 };
struct bpf_struct_ops_common_value { refcount_t refcnt; enum bpf_struct_ops_state state; };
struct tcp_congestion_ops {
	void (*init)(struct sock *sk); u32 (*ssthresh)(struct sock *sk); void (*cong_control)(struct sock *sk, u32 ack, int flag);
	u32 flags; u32 key : 4; char name[16]; void *owner;
};
STRUCT_OPS(tcp_congestion_ops)
struct sched_ext_ops { s32 (*select_cpu)(struct task_struct *p, s32 prev, u64 flags); void (*exit)(void); u64 flags; u32 timeout_ms; };
STRUCT_OPS(sched_ext_ops)
struct bpf_prog_aux { u32 id; }; struct bpf_wq { u64 opaque[2]; };
KFUNC(struct task_struct *, bpf_task_acquire, struct task_struct *p)
VOID_KFUNC(bpf_task_release, struct task_struct *p)
KFUNC(int, bpf_wq_set_callback, struct bpf_wq *wq, void *callback, u32 flags)
FUNC(int, bpf_wq_set_callback_impl, struct bpf_wq *wq, void *callback, u32 flags, struct bpf_prog_aux *aux)
KFUNC(u64, scx_bpf_now)
FUNC(int, do_unlinkat, int dfd, struct sk_buff *name) FUNC(int, finish_task_switch, int prev)
FUNC(u32, tcp_reno_ssthresh, struct sock *sk)
TRACEPOINT(sched_switch, bool, struct task_struct *, struct task_struct *, unsigned int)
TRACEPOINT(task_rename, struct task_struct *, const char *)
LSM_HOOK(file_open, struct sock *file)
LSM_HOOK(bprm_check_security, struct sock *bprm)
ITER(task, struct task_struct *task) ITER(cgroup, struct cgroup *cgroup)
PER_CPU(struct rq, runqueues); PER_CPU(int, numa_node);
