// A kernel like 5.10: no kfunc tags, few helpers, struct_ops with one type.
#include "kernel.h"

enum bpf_prog_type {
	P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(KPROBE, 2), P(SCHED_CLS, 3), P(SCHED_ACT, 4), P(TRACEPOINT, 5), P(XDP, 6),
	P(PERF_EVENT, 7), P(CGROUP_SKB, 8), P(CGROUP_SOCK, 9), P(SOCK_OPS, 13), P(RAW_TRACEPOINT, 17), P(CGROUP_SOCK_ADDR, 18),
	P(LIRC_MODE2, 20), P(RAW_TRACEPOINT_WRITABLE, 24), P(CGROUP_SOCKOPT, 25), P(TRACING, 26), P(STRUCT_OPS, 27),
	P(EXT, 28), P(LSM, 29), P(SK_LOOKUP, 30),
};
enum bpf_map_type {
	M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2), M(PROG_ARRAY, 3), M(PERF_EVENT_ARRAY, 4), M(PERCPU_HASH, 5),
	M(PERCPU_ARRAY, 6), M(STACK_TRACE, 7), M(LRU_HASH, 9), M(LPM_TRIE, 11), M(ARRAY_OF_MAPS, 12), M(HASH_OF_MAPS, 13),
	M(SK_STORAGE, 24), M(STRUCT_OPS, 26), M(RINGBUF, 27), M(INODE_STORAGE, 28),
};
enum bpf_attach_type {
	BPF_CGROUP_INET_INGRESS = 0, BPF_CGROUP_INET_EGRESS = 1, BPF_TRACE_RAW_TP = 23, BPF_TRACE_FENTRY = 24,
	BPF_TRACE_FEXIT = 25, BPF_MODIFY_RETURN = 26, BPF_LSM_MAC = 27, BPF_TRACE_ITER = 28, BPF_XDP = 37,
	__MAX_BPF_ATTACH_TYPE = 38,
};
enum bpf_func_id {
	H(unspec, 0), H(map_lookup_elem, 1), H(map_update_elem, 2), H(map_delete_elem, 3), H(ktime_get_ns, 5), H(trace_printk, 6),
	H(get_smp_processor_id, 8), H(tail_call, 12), H(get_current_pid_tgid, 14), H(get_current_task, 35),
	H(probe_read_user, 112), H(probe_read_kernel, 113), H(ringbuf_reserve, 131), H(ringbuf_submit, 132),
	H(per_cpu_ptr, 153), H(this_cpu_ptr, 154), __BPF_FUNC_MAX_ID = 156,
};
ENUMS()

struct task_struct { volatile long state; int pid; int tgid; char comm[16]; };
struct bpf_ctx_convert { /* SYSCALL, LIRC_MODE2: not compiled in */
	CTX(SOCKET_FILTER, struct __sk_buff, struct sk_buff); CTX(SCHED_CLS, struct __sk_buff, struct sk_buff);
	CTX(XDP, struct xdp_md, struct xdp_md); CTX(KPROBE, struct pt_regs, struct pt_regs); CTX(TRACEPOINT, u64, u64);
	CTX(RAW_TRACEPOINT, u64, u64); CTX(TRACING, void *, void *); CTX(STRUCT_OPS, void *, void *); CTX(LSM, void *, void *);
	CTX(EXT, void *, void *);
};
KEEP(ctx, struct bpf_ctx_convert)
KEEP(task, struct task_struct)

enum bpf_struct_ops_state { BPF_STRUCT_OPS_STATE_INIT, BPF_STRUCT_OPS_STATE_INUSE };
struct tcp_congestion_ops { u32 flags; void (*init)(struct sock *sk); u32 (*ssthresh)(struct sock *sk); char name[16]; };
struct bpf_struct_ops_tcp_congestion_ops {
	refcount_t refcnt; enum bpf_struct_ops_state state; struct tcp_congestion_ops data __attribute__((aligned(64)));
};
KEEP(tcp, struct bpf_struct_ops_tcp_congestion_ops)

FUNC(int, do_unlinkat, int dfd, struct sk_buff *name)
VOID_FUNC(do_exit, long code)
FUNC(u32, tcp_reno_ssthresh, struct sock *sk)
TRACEPOINT(sched_switch, bool, struct task_struct *, struct task_struct *)
LSM_HOOK(file_open, struct sock *file)
ITER(task, struct task_struct *task)
PER_CPU(struct rq, runqueues);
