// kernels: contexts
// loaders: libbpf cilium
#include "rule.h"

struct smc_hs_ctrl { char name[16]; int flags; };
struct bpf_dummy_ops { int (*test_1)(int *state); };
struct hid_bpf_ops { int hid_id; __u32 flags; };

// example
SEC(".struct_ops.link")
struct smc_hs_ctrl linked = { .name = "linked" };
// want struct_ops map linked: `error: struct_ops map "linked" has a link, and struct "smc_hs_ctrl" is registered without only`
// end example

SEC("struct_ops")
int test_1(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct bpf_dummy_ops dummy = { .test_1 = (void *)test_1 };
// want[libbpf] struct_ops map dummy: `note: struct_ops map "dummy" cannot be attached: struct "bpf_dummy_ops" is for test runs`
// want[cilium] struct_ops map dummy: `error: struct_ops map "dummy" gets its value at load, which struct "bpf_dummy_ops" refuses: it is for test runs`

SEC(".struct_ops.link")
struct hid_bpf_ops clean = { .hid_id = 1 };
