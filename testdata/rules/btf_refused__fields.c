// kernels: kptrs uptrs loose
// loaders: libbpf cilium
#include "rule.h"

#define __tagged(tag) __attribute__((btf_type_tag(tag)))
#define __contains(value) __attribute__((btf_decl_tag("contains:" value)))

struct bpf_spin_lock { __u32 val; };
struct bpf_list_head { __u64 opaque[2]; };
struct bpf_list_node { __u64 opaque[3]; };

struct mine { long x; };
struct mine defined; /* clang declares what is merely pointed to */

struct with_uptr {
	struct mine __tagged("kptr") *held;
	struct mine __tagged("uptr") *shared;
};
// want[kptrs,libbpf] struct with_uptr: `warning: BTF of struct "with_uptr" is refused in kptrs: member "shared" has unknown type tag "uptr"; loaded without BTF`
// want[kptrs,cilium] struct with_uptr: `error: BTF of struct "with_uptr" is refused in kptrs: member "shared" has unknown type tag "uptr"`

struct {
	__uint(type, MAP_TASK_STORAGE);
	__uint(map_flags, 1);
	__type(key, __u32);
	__type(value, struct with_uptr);
} tasks SEC(".maps");

/* Structs without a special field as a member of theirs are not searched. */
struct plain {
	struct mine __tagged("user") *user;
	int bits : 3;
	int more : 5;
};

struct element {
	long x;
	struct bpf_list_node node;
};

struct list {
	struct bpf_spin_lock lock;
	struct bpf_list_head head __contains("element:node");
};

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, struct element);
	__type(value, struct list);
} lists SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct plain);
} plain SEC(".maps");

SEC("tc")
int clean(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&plain, &key) != 0;
}
