// A kernel like 7.2, for rules about programs, maps and functions.
#include "kernel.h"

enum bpf_prog_type {
	P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(KPROBE, 2), P(SCHED_CLS, 3), P(TRACEPOINT, 5), P(XDP, 6), P(CGROUP_SOCK_ADDR, 18),
	P(RAW_TRACEPOINT, 17), P(LIRC_MODE2, 20), P(TRACING, 26), P(STRUCT_OPS, 27), P(EXT, 28), P(LSM, 29), P(SYSCALL, 31),
};
enum bpf_map_type {
	M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2), M(PROG_ARRAY, 3), M(PERF_EVENT_ARRAY, 4), M(STACK_TRACE, 7), M(LPM_TRIE, 11),
	M(ARRAY_OF_MAPS, 12), M(HASH_OF_MAPS, 13), M(DEVMAP, 14), M(CPUMAP, 16), M(QUEUE, 22), M(SK_STORAGE, 24), M(STRUCT_OPS, 26),
	M(RINGBUF, 27), M(TASK_STORAGE, 29), M(ARENA, 33), M(INSN_ARRAY, 34),
};
enum bpf_attach_type {
	BPF_TRACE_RAW_TP = 23, BPF_TRACE_FENTRY = 24, BPF_TRACE_FEXIT = 25, BPF_MODIFY_RETURN = 26, BPF_LSM_MAC = 27,
	BPF_TRACE_ITER = 28, BPF_XDP = 37, BPF_TRACE_KPROBE_MULTI = 42, BPF_LSM_CGROUP = 43, BPF_TCX_INGRESS = 46,
	BPF_CGROUP_UNIX_SENDMSG = 50, BPF_TRACE_FSESSION = 58,
};
enum bpf_func_id {
	H(map_lookup_elem, 1), H(ktime_get_ns, 5), H(trace_printk, 6), H(get_smp_processor_id, 8), H(tail_call, 12),
	H(probe_read_kernel, 113), H(check_mtu, 163), H(for_each_map_elem, 164), H(get_func_ip, 173), H(loop, 181),
};
enum btf_arg_tag { ARG_TAG_CTX = 1, ARG_TAG_NONNULL = 2, ARG_TAG_TRUSTED = 4, ARG_TAG_NULLABLE = 8 };
struct enums { enum bpf_prog_type p; enum bpf_map_type m; enum bpf_attach_type a; enum bpf_func_id h; enum btf_arg_tag t; };
KEEP(enums, struct enums)
struct task_struct { int pid; };
struct bpf_iter_meta { u64 seq_num; };
struct bpf_ctx_convert { /* LIRC_MODE2: not compiled in */
	CTX(SOCKET_FILTER, struct __sk_buff, u64); CTX(SCHED_CLS, struct __sk_buff, u64); CTX(XDP, struct xdp_md, u64);
	CTX(KPROBE, u64, u64); CTX(TRACEPOINT, u64, u64); CTX(RAW_TRACEPOINT, u64, u64); CTX(TRACING, void *, void *);
	CTX(CGROUP_SOCK_ADDR, u64, u64); CTX(LSM, void *, void *); CTX(EXT, void *, void *); CTX(SYSCALL, void *, void *);
	CTX(STRUCT_OPS, void *, void *);
};
KEEP(ctx, struct bpf_ctx_convert)
struct bpf_func_info_aux { u16 linkage; bool unreliable; bool called; };
KEEP(aux, struct bpf_func_info_aux)
struct bpf_prog_aux { u32 id; bool xdp_has_frags; };
KEEP(prog_aux, struct bpf_prog_aux)
struct bpf_map_owner {
	enum bpf_prog_type type; bool jited, xdp_has_frags, sleepable; const void *attach_func_proto; enum bpf_attach_type expected_attach_type;
};
struct bpf_map { u32 map_type; struct bpf_map_owner *owner; };
KEEP(map, struct bpf_map)
KEEP(map_owner, struct bpf_map_owner)
FUNC(int, bpf_check, int prog)
FUNC(int, check_mem_reg, int regno)
FUNC(bool, subprog_returns_void, int subprog)
VOID_FUNC(bpf_prog_array_free_sleepable, int progs)
VOID_FUNC(trace_call_bpf_faultable, int call)
VOID_KFUNC(bpf_throw, u64 cookie)
FUNC(int, do_unlinkat, int dfd)
FUNC(int, __x64_sys_getpgid, int pid)
FUNC(struct task_struct *, finish_task_switch, struct task_struct *prev) /* finish_task_switch.isra.0 */
FUNC(int, lost_without_a_trace, int x)
__attribute__((overloadable)) FUNC(int, cleanup, int x) /* two static functions of one name */
__attribute__((overloadable)) FUNC(int, cleanup, long x)
TRACEPOINT(sched_switch, bool, struct task_struct *)
LSM_HOOK(file_open, int file)
ITER(task, struct bpf_iter_meta *meta, struct task_struct *task)
FUNC(int, bpf_iter_num_new, int *it, int start, int end)
