// kernels: recent
// loaders: libbpf cilium
// cilium/ebpf replaces an instruction that does not resolve together with the
// name of the function that begins there: guards do not help. The loads were tried.
#include "rule.h"

struct no_such_struct { int x, y; } __core;
extern void bpf_no_such_kfunc(void) __weak __ksym;
int counter;

static __noinline void begins_with_call(void)
{
	bpf_no_such_kfunc(); // want[cilium] `error: function "begins_with_call" cannot be called: its name is lost`
	counter++;
}

static __noinline unsigned long begins_with_offset(void)
{
	return __builtin_preserve_field_info(((struct no_such_struct *)0)->y, 0); // want[cilium] `error: function "begins_with_offset" cannot be called`
}

static __noinline unsigned long begins_with_test(void)
{
	if (!bpf_core_type_exists(struct no_such_struct))
		return 0;
	return __builtin_preserve_field_info(((struct no_such_struct *)0)->y, 0);
}

SEC("raw_tp/sys_enter")
int guarded_call(void *ctx)
{
	if (bpf_no_such_kfunc)
		begins_with_call();
	return 0;
}

SEC("raw_tp/sys_enter")
int guarded_offset(void *ctx)
{
	if (bpf_core_type_exists(struct no_such_struct))
		return begins_with_offset();
	return 0;
}

SEC("raw_tp/sys_enter")
int tested_inside(void *ctx)
{
	return begins_with_test();
}

SEC("raw_tp/sys_enter")
int clean(void *ctx)
{
	return 0;
}
