// kernels: recent
// modules: unknown
#include "rule.h"

SEC("fentry/nf_conntrack_in")
int in_a_module(void *ctx)
{
	return 0; // want `warning: function "nf_conntrack_in" not found in vmlinux of recent`
}

SEC("fentry/nf_conntrack:nf_conntrack_in")
int in_that_module(void *ctx)
{
	return 0; // want `warning: function "nf_conntrack_in" not found in vmlinux of recent`
}

SEC("fentry/vmlinux:do_unlink_at")
int in_vmlinux(void *ctx)
{
	return 0; // want `error: function "do_unlink_at" not found in module "vmlinux" of recent`
}

SEC("fentry/vmlinux:do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
