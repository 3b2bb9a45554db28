// loaders: libbpf lskel
// A light skeleton looks a kfunc up as it is written, and only for programs that are loaded.
#include "rule.h"

extern __u64 scx_bpf_now___v2(void) __ksym;
extern int bpf_no_such_kfunc(void) __ksym;

SEC("raw_tp/sched_switch")
int flavored(void *ctx)
{
	return scx_bpf_now___v2(); // want[lskel] `error: kfunc "scx_bpf_now___v2" not found in modern, only "scx_bpf_now"`
}

SEC("?raw_tp/sched_switch")
int optional(void *ctx)
{
	return bpf_no_such_kfunc(); // want `error: kfunc "bpf_no_such_kfunc" not found in modern`
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
