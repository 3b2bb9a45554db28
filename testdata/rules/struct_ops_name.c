// kernels: contexts
// loaders: libbpf cilium
#include "rule.h"

struct tcp_sock;
struct smc_hs_ctrl { char name[16]; int flags; int (*syn_option)(struct tcp_sock *tp); };

SEC("struct_ops")
int syn_option(void *ctx)
{
	return 1;
}

// example
SEC(".struct_ops.link")
struct smc_hs_ctrl dash = { .name = "bpf-mine" };
// want struct_ops map dash: `error: member "name" of struct_ops map "dash" is no name: "bpf-mine"`
// end example

SEC(".struct_ops.link")
struct smc_hs_ctrl endless = { .name = { 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p' } };
// want struct_ops map endless: `error: member "name" of struct_ops map "endless" is no name: "abcdefghijklmnop" without an end`

SEC(".struct_ops.link")
struct smc_hs_ctrl nameless = { .flags = 1 };
// want struct_ops map nameless: `warning: struct_ops map "nameless" has no name: member "name" of struct "smc_hs_ctrl" is empty`

SEC(".struct_ops.link")
struct smc_hs_ctrl clean = { .name = "bpf_mine.2", .syn_option = (void *)syn_option };

SEC("?.struct_ops.link")
struct smc_hs_ctrl optional = { .name = "not-yet" };
// want[libbpf] struct_ops map optional: `warning: member "name" of struct_ops map "optional" is no name: "not-yet"`
