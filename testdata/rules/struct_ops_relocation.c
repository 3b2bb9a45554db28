// kernels: ops
// loaders: libbpf cilium
#include "rule.h"

struct nested { int (*inner)(void); };
struct hook_ops { int (*run)(int cpu); int (*stop)(void); __u64 wide; struct nested limits; void *data; };

int helper(void)
{
	return 0;
}

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC("xdp")
int packet(void *ctx)
{
	return 2;
}

int counter = 1;
extern int elsewhere(void) __ksym;

// example
SEC(".struct_ops.link")
struct hook_ops targets = { // a function without a section, a program of another type
	.run = (void *)helper,  // want[libbpf] struct_ops map targets: `error: member "run" of variable "targets" is set to "helper" of section "\.text", which is no struct_ops program`
	.stop = (void *)packet, // want struct_ops map targets: `error: member "stop" of variable "targets" is set to "packet" of section "xdp", which is no struct_ops program`
};

SEC(".struct_ops.link")
struct hook_ops members = { // a nested function pointer, a data pointer, a number
	.limits.inner = (void *)run, // want[libbpf] struct_ops map members: `error: member "limits" of variable "members" is no function pointer, yet it is set to "run"`
	.data = (void *)run,         // want[libbpf] struct_ops map members: `error: member "data" of variable "members" is no function pointer`
	.wide = (__u64)run,          // want[libbpf] struct_ops map members: `error: member "wide" of variable "members" is no function pointer`
};
// end example
// want[cilium] struct_ops map targets: `error: member "run" of variable "targets" is set to "helper", which is no program`
// want[cilium] struct_ops map members: `warning: member "limits" of variable "members"` `warning: member "data" of variable "members"` `warning: member "wide" of variable "members"`

SEC(".struct_ops.link")
struct hook_ops symbols = { // a variable, an undefined symbol
	.data = &counter,          // want[libbpf] struct_ops map symbols: `error: member "data" of variable "symbols" is no function pointer, yet it is set to "counter"`
	.stop = (void *)elsewhere, // want[libbpf] struct_ops map symbols: `error: member "stop" of variable "symbols" is set to "elsewhere", which is no function`
};
// want[cilium] struct_ops map symbols: `error: member "data" of variable "symbols" is set to "counter", which is no program` `error: member "stop" of variable "symbols" is set to "elsewhere", which is no program`

SEC(".struct_ops.link")
struct hook_ops clean = { .run = (void *)run };
