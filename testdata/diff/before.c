// The older of two toy kernels, between which every kind of thing changes that
// uses.c uses.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(KPROBE, 2), P(TRACEPOINT, 5), P(RAW_TRACEPOINT, 17), P(TRACING, 26), P(STRUCT_OPS, 27) };
enum bpf_map_type { M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2) };
enum bpf_attach_type { BPF_TRACE_RAW_TP = 23, BPF_TRACE_FENTRY = 24, __MAX_BPF_ATTACH_TYPE = 38 };
enum bpf_func_id { H(unspec, 0), H(map_lookup_elem, 1), H(get_current_task, 35), H(probe_read_kernel, 113), __BPF_FUNC_MAX_ID = 156 };
ENUMS()
struct bpf_ctx_convert {
	CTX(KPROBE, struct pt_regs, struct pt_regs); CTX(TRACEPOINT, u64, u64); CTX(RAW_TRACEPOINT, u64, u64);
	CTX(TRACING, void *, void *); CTX(STRUCT_OPS, void *, void *);
};
KEEP(ctx, struct bpf_ctx_convert)

struct sched_entity { u64 exec_start; u64 vruntime; };
struct task_struct {
	volatile long state; int pid; int tgid; struct sched_entity se; char comm[16];
	union { int in_union; }; struct { int inside; } named; void *unused;
};
struct bio { void *bi_disk; unsigned int bi_size; };
struct only_before { int gone; };
typedef struct { int counter; } ticket_t;
enum colour { RED = 1, GREEN = 2, BLUE = 3 };
KEEP(types, struct { struct task_struct t; struct bio b; struct only_before o; enum colour c; ticket_t k; })

FUNC(int, vfs_link, void *old_dentry, void *dir)
FUNC(int, tcp_close, struct sock *sk, long timeout)
FUNC(int, __x64_sys_nanosleep, struct pt_regs *regs)
KFUNC(int, bpf_old_impl, int a, void *meta)
KFUNC(int, bpf_same, int a)
TRACEPOINT(sched_switch, bool, struct task_struct *, struct task_struct *)
struct trace_event_raw_sched_switch { char prev_comm[16]; int prev_pid; };
KEEP(event, struct trace_event_raw_sched_switch)
struct bpf_struct_ops_common_value { refcount_t refcnt; };
struct toy_ops { int (*init)(int a); void (*exit)(void); int flags; };
STRUCT_OPS(toy_ops)
