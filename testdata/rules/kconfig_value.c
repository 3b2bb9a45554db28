// loaders: libbpf cilium
#include "rule.h"

extern const __u16 CONFIG_HZ __kconfig;
extern bool CONFIG_BPF __kconfig;
extern char CONFIG_MODULES __kconfig;
extern bool CONFIG_NF_CONNTRACK __kconfig;
extern const char CONFIG_DEFAULT_HOSTNAME[4] __kconfig;
extern int CONFIG_BPF_SYSCALL __kconfig;

// example
SEC("raw_tp/sched_switch")
int module(void *ctx)
{
	return CONFIG_NF_CONNTRACK; // want `error: "CONFIG_NF_CONNTRACK" in modern: value m does not fit type "bool"`
}

SEC("raw_tp/sched_switch")
int number(void *ctx)
{
	return CONFIG_BPF_SYSCALL; // want `error: "CONFIG_BPF_SYSCALL" in modern: value y does not fit type "int"`
}

SEC("raw_tp/sched_switch")
int cut(void *ctx)
{
	return CONFIG_DEFAULT_HOSTNAME[0]; // want `warning: "CONFIG_DEFAULT_HOSTNAME" in modern: value "\(none\)" is cut to the length of the array`
}
// end example

SEC("raw_tp/sched_switch")
int letter(void *ctx)
{
	return CONFIG_MODULES; // want[cilium] `error: "CONFIG_MODULES" in modern: value y does not fit type "char"`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return CONFIG_BPF ? CONFIG_HZ : 0;
}
