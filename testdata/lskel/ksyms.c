// Variables of the kernel, with a type and without, strong and weak, used twice.
#include "rule.h"

extern const int bpf_no_such_variable __ksym __weak;
extern const void bpf_prog_put __ksym;
extern const void bpf_no_such_symbol __ksym __weak;
__u64 address;

SEC("raw_tp/sys_enter")
int reads(void *ctx)
{
	if (bpf_ksym_exists(&bpf_no_such_variable))
		return bpf_no_such_variable;
	address = (__u64)&bpf_prog_put;
	return &bpf_no_such_symbol != NULL;
}

SEC("raw_tp/sys_exit")
int reads_again(void *ctx)
{
	return (__u64)&bpf_prog_put == address && bpf_ksym_exists(&bpf_no_such_variable);
}
