// A kernel later than 7.2 whose compiler inlined what tells features of others, and with features that no version has.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(KPROBE, 2), P(SCHED_CLS, 3), P(TRACEPOINT, 5), P(XDP, 6), P(TRACING, 26), P(STRUCT_OPS, 27) };
enum bpf_attach_type {
	BPF_TRACE_RAW_TP = 23, BPF_TRACE_FENTRY = 24, BPF_XDP = 37, BPF_STRUCT_OPS = 44, BPF_TRACE_UPROBE_MULTI = 48,
	BPF_TRACE_FSESSION = 58, BPF_TRACE_FENTRY_MULTI = 59,
};
enum bpf_func_id { H(map_lookup_elem, 1), H(ktime_get_ns, 5), H(get_smp_processor_id, 8), H(for_each_map_elem, 164), H(xdp_get_buff_len, 188) };
struct enums { enum bpf_prog_type p; enum bpf_attach_type a; enum bpf_func_id h; };
KEEP(enums, struct enums)
struct bpf_func_info_aux { u16 linkage; bool unreliable; bool called; };
KEEP(aux, struct bpf_func_info_aux)
struct bpf_prog_aux { u32 id; };
KEEP(prog_aux, struct bpf_prog_aux)
FUNC(int, bpf_check, int prog)
FUNC(bool, bpf_jit_supports_stack_args, int dummy)
FUNC(int, do_unlinkat, int dfd)

enum bpf_struct_ops_state { BPF_STRUCT_OPS_STATE_INIT, BPF_STRUCT_OPS_STATE_INUSE, BPF_STRUCT_OPS_STATE_READY = 3 };
struct bpf_struct_ops_common_value { refcount_t refcnt; enum bpf_struct_ops_state state; };
struct tcp_congestion_ops { u32 (*ssthresh)(struct sock *sk); int (*get_info)(struct sock *sk); char name[16]; u32 key; u32 flags; };
STRUCT_OPS(tcp_congestion_ops)
FUNC(int, bpf_tcp_ca_get_info, struct sock *sk)
