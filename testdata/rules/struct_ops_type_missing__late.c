// kernels: modern
// A type that only a module of a file has is there while the module is loaded.
#include "rule.h"

struct nf_conn;
struct nf_conn_ops { int (*lookup)(struct nf_conn *ct); __u32 flags; };

SEC("struct_ops")
int lookup(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct nf_conn_ops late = { .lookup = (void *)lookup }; // want struct_ops map late: `warning: struct_ops type "nf_conn_ops" of map "late" needs module "conntrack" of modern to be loaded`
