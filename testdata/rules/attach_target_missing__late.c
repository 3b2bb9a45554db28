// kernels: modern
// A target that only a module of a file has is there while the module is loaded.
#include "rule.h"

SEC("fentry/bpf_ct_release")
int late(void *ctx)
{
	return 0; // want `warning: function "bpf_ct_release" needs module "conntrack" of modern to be loaded`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
