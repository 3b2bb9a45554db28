// kernels: ops
// loaders: libbpf lskel
#include "rule.h"

// example
struct bpf_dummy_ops {
	int (*test_1)(int *state);
};

SEC("struct_ops/test_1")
int clean(__u64 *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct bpf_dummy_ops dummy = { .test_1 = (void *)clean }; // want[lskel] struct_ops map dummy: `warning: struct_ops map "dummy" crashes bpftool gen skeleton -L; a patched one binds it to its own kernel`
// end example
