// A kernel like 7.2, for special fields of structs: it passes over type tags of others.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(SCHED_CLS, 3) };
enum bpf_map_type { M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2), M(TASK_STORAGE, 29) };
enum bpf_attach_type { BPF_TRACE_RAW_TP = 23 };
enum bpf_func_id { H(map_lookup_elem, 1), H(ktime_get_ns, 5), H(check_mtu, 163) };
ENUMS()
enum btf_field_type {
	BPF_SPIN_LOCK = 1, BPF_TIMER = 2, BPF_KPTR_UNREF = 4, BPF_KPTR_REF = 8, BPF_KPTR_PERCPU = 16, BPF_LIST_HEAD = 32,
	BPF_LIST_NODE = 64, BPF_RB_ROOT = 128, BPF_RB_NODE = 256, BPF_REFCOUNT = 512, BPF_WORKQUEUE = 1024, BPF_UPTR = 2048, BPF_RES_SPIN_LOCK = 4096,
};
enum bpf_arg_type { ARG_DONTCARE = 0, ARG_KPTR_XCHG_DEST = 22 };
struct field_enums { enum btf_field_type f; enum bpf_arg_type a; };
KEEP(field_enums, struct field_enums)
struct bpf_spin_lock { u32 val; };
KEEP(lock, struct bpf_spin_lock)
struct bpf_res_spin_lock { u32 val; };
KEEP(res_lock, struct bpf_res_spin_lock)
struct bpf_list_head { u64 opaque[2]; };
KEEP(list_head, struct bpf_list_head)
struct bpf_list_node { u64 opaque[3]; };
KEEP(list_node, struct bpf_list_node)
struct bpf_rb_root { u64 opaque[2]; };
KEEP(rb_root, struct bpf_rb_root)
struct bpf_rb_node { u64 opaque[4]; };
KEEP(rb_node, struct bpf_rb_node)
struct bpf_refcount { u32 opaque[1]; };
KEEP(refcount, struct bpf_refcount)
struct btf_type_tag_match { const char *name; u32 flag; };
KEEP(walk, struct btf_type_tag_match)
