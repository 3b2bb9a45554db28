// kernels: kptrs uptrs
// loaders: libbpf cilium
#include "rule.h"

#define __tagged(tag) __attribute__((btf_type_tag(tag)))

struct mine { long x; };
struct mine defined; /* clang declares what is merely pointed to */

struct with_uptr {
	struct mine __tagged("kptr") *held;
	struct mine __tagged("uptr") *shared;
};

struct {
	__uint(type, MAP_TASK_STORAGE);
	__uint(map_flags, 1);
	__type(key, __u32);
	__type(value, struct with_uptr);
} tasks SEC(".maps"); // want[kptrs,libbpf] map tasks: `error: types of map "tasks" are lost as the kernel refuses the object's BTF, and local storage needs them`

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct with_uptr);
} clean SEC(".maps");
