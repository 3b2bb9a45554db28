// The newer of two toy kernels, see before.c.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(KPROBE, 2), P(TRACEPOINT, 5), P(RAW_TRACEPOINT, 17), P(TRACING, 26), P(STRUCT_OPS, 27) };
enum bpf_map_type { M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2), M(RINGBUF, 27) };
enum bpf_attach_type { BPF_TRACE_RAW_TP = 23, BPF_TRACE_FENTRY = 24, __MAX_BPF_ATTACH_TYPE = 38 };
enum bpf_func_id { H(unspec, 0), H(map_lookup_elem, 1), H(get_current_task, 35), H(probe_read_kernel, 113), H(get_current_task_btf, 158), __BPF_FUNC_MAX_ID = 159 };
ENUMS()
struct bpf_ctx_convert {
	CTX(KPROBE, struct pt_regs, struct pt_regs); CTX(TRACEPOINT, u64, u64); CTX(RAW_TRACEPOINT, u64, u64);
	CTX(TRACING, void *, void *); CTX(STRUCT_OPS, void *, void *);
};
KEEP(ctx, struct bpf_ctx_convert)

struct sched_entity { u64 exec_start; u64 slice; s64 vruntime; };
struct task_struct {
	unsigned int __state; u64 flags; int pid; int tgid; struct sched_entity se; char comm[16];
	union { int in_union; }; struct { int inside; } named; long in_after;
};
struct bio { void *bi_bdev; unsigned int bi_size; };
struct only_after { int here; };
typedef struct { int counter; } ticket_t;
enum colour { RED = 0, GREEN = 2, VIOLET = 3 };
KEEP(types, struct { struct task_struct t; struct bio b; struct only_after o; enum colour c; ticket_t k; })

struct mnt_idmap { int id; };
FUNC(int, vfs_link, void *old_dentry, struct mnt_idmap *idmap, void *dir)
FUNC(int, __x64_sys_nanosleep, struct pt_regs *regs)
KFUNC(int, bpf_new, int a)
KFUNC(int, bpf_same, int a)
TRACEPOINT(sched_switch, bool, unsigned int, struct task_struct *, struct task_struct *)
struct trace_event_raw_sched_switch { int prev_pid; char next_comm[16]; };
KEEP(event, struct trace_event_raw_sched_switch)
struct bpf_struct_ops_common_value { refcount_t refcnt; };
struct toy_ops { int (*init)(int a, int b); int flags; };
STRUCT_OPS(toy_ops)
