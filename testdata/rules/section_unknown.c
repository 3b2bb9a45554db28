// loaders: libbpf cilium
#include "rule.h"

// example
SEC("xdp_main")
int too_long(void *ctx)
{
	return 2; // want[libbpf] `error: section "xdp_main" of program "too_long" stands for no program type in libbpf`
}

SEC("dummy")
int no_such(void *ctx)
{
	return 0; // want[libbpf] `error: section "dummy" of program "no_such" stands for no` want[cilium] `warning: program "no_such" is left out: section "dummy" is unknown to cilium`
}
// end example

SEC("tp.s/syscalls/sys_enter_getpid")
int sleeps(void *ctx)
{
	return 0; // want[cilium] `warning: program "sleeps" is left out`
}

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}

SEC("kprobe/do_unlinkat")
int clean_with_target(void *ctx)
{
	return 0;
}

SEC("xpd")
int swapped(void *ctx)
{
	return 2; // want[libbpf] `error: section "xpd" of program "swapped"` want[cilium] `warning: program "swapped" is left out`
}

SEC("XDP")
int upper_case(void *ctx)
{
	return 2; // want[libbpf] `error: section "XDP" of program "upper_case"` want[cilium] `warning: program "upper_case" is left out`
}

SEC("?kprobes/do_unlinkat")
int one_more(void *ctx)
{
	return 0; // want[libbpf] `error: section "kprobes/do_unlinkat" of program "one_more"` want[cilium] `warning: program "one_more" is left out`
}
