// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

// Without struct_ops maps the object loads, and libbpf goes on without its BTF.
int none[0] SEC(".data.none"); // want[libbpf] variable none: `warning: variable "none" of section "\.data\.none" has no bytes` want[cilium] variable none: `error: variable "none"`
int pad SEC(".data.none") = 1;

SEC("xdp")
int clean(void *ctx)
{
	return pad;
}
