// loaders: libbpf lskel
// modules: none
// The loader program of a light skeleton goes on where kallsyms lacks a name.
#include "rule.h"

extern const void bpf_no_such_symbol __ksym;

SEC("raw_tp/sched_switch")
int strong(void *ctx)
{
	return (long)&bpf_no_such_symbol; // want[libbpf] `error: ksym "bpf_no_such_symbol" not found in kallsyms of modern` want[lskel] `warning: ksym "bpf_no_such_symbol" not found in kallsyms of modern; its address is 0 and is not tested`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
