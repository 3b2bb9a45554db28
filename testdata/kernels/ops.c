// A kernel like 7.2 as far as struct_ops goes: links, sleepable programs, types sound and malformed.
#include "kernel.h"

struct btf_type { u32 name_off; }; struct btf_member { u32 name_off; }; struct bpf_prog { u32 len; };
struct bpf_struct_ops {
	int (*check_member)(const struct btf_type *t, const struct btf_member *member, const struct bpf_prog *prog);
};
KEEP(ops, struct bpf_struct_ops)
enum bpf_attach_type { BPF_CGROUP_INET_INGRESS = 0, BPF_STRUCT_OPS = 44, __MAX_BPF_ATTACH_TYPE = 45 };
KEEP(attach_type, enum bpf_attach_type)
enum bpf_struct_ops_state { BPF_STRUCT_OPS_STATE_INIT, BPF_STRUCT_OPS_STATE_INUSE, BPF_STRUCT_OPS_STATE_READY = 3 };
struct bpf_struct_ops_common_value { refcount_t refcnt; enum bpf_struct_ops_state state; };

struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *sk); int (*get_info)(struct sock *sk); void (*init)(struct sock *sk);
	void (*release)(struct sock *sk); char name[16]; void *owner; u32 key; u32 flags; u32 newer;
};
STRUCT_OPS(tcp_congestion_ops)
struct bpf_dummy_ops { int (*test_1)(int *state); int (*test_2)(int *state); int (*test_sleepable)(int *state); int (*newer)(int *state); };
STRUCT_OPS(bpf_dummy_ops)

/* Every sort of member. */
enum hook_mode { HOOK_OFF, HOOK_ON };
struct hook_limits { u32 soft; u32 hard; };
struct hook_ops {
	int (*run)(int cpu); int (*stop)(void); u32 count; u64 wide; enum hook_mode mode; struct hook_limits limits;
	u32 on : 1; void *data; u16 table[4];
};
STRUCT_OPS(hook_ops)

/* Stubs of the usual name: enqueue is supported, peek is not. */
struct Qdisc_ops {
	int (*enqueue)(struct sk_buff *skb); struct sk_buff *(*dequeue)(void); struct sk_buff *(*peek)(void);
	int priv_size; char id[16];
};
STRUCT_OPS(Qdisc_ops)
FUNC(int, Qdisc_ops__enqueue, struct sk_buff *skb)
FUNC(struct sk_buff *, Qdisc_ops__dequeue)

/* Structs that are named like value types and are none. */
struct link { u32 id; };
struct bpf_struct_ops_link { u32 id; u32 link; };
KEEP(link, struct bpf_struct_ops_link) KEEP(plain_link, struct link)
struct bpf_struct_ops_desc { u32 id; };
KEEP(desc, struct bpf_struct_ops_desc)
struct bare_ops { int (*run)(void); };
struct bpf_struct_ops_bare_ops { struct bare_ops data; };
KEEP(bare, struct bpf_struct_ops_bare_ops)
