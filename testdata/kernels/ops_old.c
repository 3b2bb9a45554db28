// A kernel like 5.10 as far as struct_ops goes: no links, no sleepable programs, no types of modules.
#include "kernel.h"

struct btf_type { u32 name_off; }; struct btf_member { u32 name_off; };
struct bpf_struct_ops { int (*check_member)(const struct btf_type *t, const struct btf_member *member); };
KEEP(ops, struct bpf_struct_ops)
enum bpf_attach_type { BPF_CGROUP_INET_INGRESS = 0, BPF_TRACE_FENTRY = 24, __MAX_BPF_ATTACH_TYPE = 38 };
KEEP(attach_type, enum bpf_attach_type)
enum bpf_struct_ops_state { BPF_STRUCT_OPS_STATE_INIT, BPF_STRUCT_OPS_STATE_INUSE };
#define OLD_STRUCT_OPS(type) \
	struct bpf_struct_ops_##type { \
		refcount_t refcnt; enum bpf_struct_ops_state state; struct type data __attribute__((aligned(64))); \
	}; \
	KEEP(value_##type, struct bpf_struct_ops_##type)
struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *sk); int (*get_info)(struct sock *sk); void (*init)(struct sock *sk);
	char name[16]; void *owner; u32 key; u32 flags;
};
OLD_STRUCT_OPS(tcp_congestion_ops)
struct bpf_dummy_ops { int (*test_1)(int *state); int (*test_2)(int *state); };
OLD_STRUCT_OPS(bpf_dummy_ops)
